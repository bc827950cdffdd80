import { Get, Inject, Param, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { AppError } from '../../common/errors.js';
import { EventStatuses } from '../../plans/purchase/event-statuses.js';
import { formFields } from '../../protocol/request.js';
import { canonicalUuid } from '../../protocol/wire-types.js';
import { BrowserController } from '../../sessions/pages/browser-controller.decorator.js';
import { flash } from '../../sessions/pages/flash.js';
import { type Page, page, type Redirect, redirect } from '../../sessions/pages/page.js';
import { withSlash } from '../../sessions/pages/with-slash.js';
import type { EntityKind } from '../identity/portal-identity.js';
import { Visitors } from '../identity/visitors.js';
import { type EventOutcome, outcomeOf } from './event-outcome.js';

/** Without a script the page asks again by itself, so often at most: two minutes in all. */
const MAX_TRIES = 24;

/**
 * The page that waits for a payment or a card. Stripe leads here, perhaps after the session has ended, so none is needed to see it;
 * what there is to see is told to the session of that server or realm alone. It waits two minutes at most.
 */
abstract class EventStatusPage {
  protected abstract readonly kind: EntityKind;

  constructor(
    @Inject(Visitors) private readonly visitors: Visitors,
    @Inject(EventStatuses) private readonly statuses: EventStatuses,
  ) {}

  @Get(withSlash('billing/event_status'))
  async show(@Req() request: FastifyRequest, @Param('uuid') text: string): Promise<Page | Redirect> {
    const uuid = canonicalUuid(text);
    if (!uuid) throw new AppError('http.not-found');
    const { stripe_session_id, stripe_invoice_id, tries = '0' } = formFields(request);
    const base = `/${this.kind}/${uuid}`;
    const entity = await this.visitors.entityOf(request, this.kind, uuid);
    let outcome: EventOutcome = { kind: 'wait' };
    if (entity) {
      this.visitors.surround(request, entity);
      outcome = await this.outcome(entity.holder, base, { stripe_session_id, stripe_invoice_id });
    }
    if (outcome.kind === 'done') {
      flash(request, 'success', outcome.message);
      return redirect(outcome.address);
    }
    const tried = /^\d{1,3}$/.test(tries) ? Number(tries) : 0;
    const named = Object.entries({ stripe_session_id, stripe_invoice_id }).filter(([, id]) => id !== undefined);
    const address = new URLSearchParams([...(named as [string, string][]), ['tries', String(tried + 1)]]).toString();
    return page('portal/event-status', 'Processing', {
      base,
      failure: outcome.kind === 'failed' ? outcome.message : null,
      hasEnded: tried >= MAX_TRIES,
      again: `${base}/billing/event_status/?${address}`,
      statusAddress: `/json${base}/billing/event/status?${new URLSearchParams(named as [string, string][]).toString()}`,
      scripts: ['event-status.js'],
    });
  }

  /** What is not known, or not theirs, may yet come: Stripe is sometimes faster here than its own event. */
  private async outcome(
    holder: Parameters<EventStatuses['of']>[0],
    base: string,
    ids: Parameters<EventStatuses['of']>[1],
  ): Promise<EventOutcome> {
    try {
      return outcomeOf(await this.statuses.of(holder, ids), base);
    } catch (error) {
      if (error instanceof AppError && error.status === 400) return { kind: 'wait' };
      throw error;
    }
  }
}

@BrowserController('realm/:uuid')
export class RealmEventStatusController extends EventStatusPage {
  protected readonly kind = 'realm';
}

@BrowserController('server/:uuid')
export class ServerEventStatusController extends EventStatusPage {
  protected readonly kind = 'server';
}
