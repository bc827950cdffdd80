import { Get, Inject, Param, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { AppError } from '../../common/errors.js';
import { PlanOverviews } from '../../plans/overview/plan-overviews.js';
import { EventStatuses } from '../../plans/purchase/event-statuses.js';
import { formFields } from '../../protocol/request.js';
import { canonicalUuid } from '../../protocol/wire-types.js';
import { BrowserController } from '../../sessions/pages/browser-controller.decorator.js';
import { flash } from '../../sessions/pages/flash.js';
import { type Page, page, type Redirect, redirect } from '../../sessions/pages/page.js';
import { withSlash } from '../../sessions/pages/with-slash.js';
import type { PortalEntity } from '../identity/current-entity.js';
import type { EntityKind } from '../identity/portal-identity.js';
import { Visitors } from '../identity/visitors.js';
import { type EventOutcome, outcomeOf } from './event-outcome.js';

/** Without a script the page asks again by itself, after so many seconds and so often: two minutes in all. */
const PAUSE = 5;
const MAX_TRIES = 24;

/** What the page waits for, as its address says. */
type Ids = Readonly<Partial<Record<'stripe_session_id' | 'stripe_invoice_id', string>>>;

/**
 * The page that waits for a payment or a card. Stripe leads here, perhaps after the session has ended, so none is needed to see it;
 * what there is to see is told to the session of that server or realm alone. It waits two minutes at most.
 */
abstract class EventStatusPage {
  protected abstract readonly kind: EntityKind;

  constructor(
    @Inject(Visitors) private readonly visitors: Visitors,
    @Inject(EventStatuses) private readonly statuses: EventStatuses,
    @Inject(PlanOverviews) private readonly overviews: PlanOverviews,
  ) {}

  @Get(withSlash('billing/event_status'))
  async show(@Req() request: FastifyRequest, @Param('uuid') text: string): Promise<Page | Redirect> {
    const uuid = canonicalUuid(text);
    if (!uuid) throw new AppError('http.not-found');
    const entity = await this.visitors.entityOf(request, this.kind, uuid);
    const base = `/${this.kind}/${uuid}`;
    if (!entity) return page('portal/event-status', 'You are logged out', { base, isLoggedOut: true });
    this.visitors.surround(request, entity);
    const ids = idsOf(request);
    const outcome = await this.outcome(entity, ids);
    if (outcome.kind === 'failed') return page('portal/event-status', 'That did not work', { base, failed: outcome });
    if (outcome.kind === 'done') {
      flash(request, 'success', outcome.message ?? (await this.upgraded(entity)));
      return redirect(outcome.address);
    }
    return waiting(base, ids, triesOf(request));
  }

  private async outcome({ holder, base }: PortalEntity, ids: Ids): Promise<EventOutcome> {
    try {
      return outcomeOf(await this.statuses.of(holder, ids), base);
    } catch (error) {
      if (!(error instanceof AppError) || error.status !== 400) throw error;
      // It is written down before anybody is led here: what is not known yet never will be.
      return { kind: 'failed', message: 'We know of no such payment or card. It may be of another organization.' };
    }
  }

  private async upgraded({ holder, host }: PortalEntity): Promise<string> {
    const plan = (await this.overviews.of(holder))?.live;
    return plan ? `Your payment was received: ${host} is upgraded to ${plan.name}.` : 'Your payment was received.';
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

function waiting(base: string, ids: Ids, tries: number): Page {
  if (tries >= MAX_TRIES) return page('portal/event-status', 'Still processing', { base, isLate: true });
  const question = new URLSearchParams(ids).toString();
  const again = `${base}/billing/event_status/?${new URLSearchParams({ ...ids, tries: String(tries + 1) }).toString()}`;
  return page('portal/event-status', 'Processing', {
    base,
    again,
    refresh: { seconds: PAUSE, address: again },
    statusAddress: `/json${base}/billing/event/status?${question}`,
    scripts: ['event-status.js'],
  });
}

function idsOf(request: FastifyRequest): Ids {
  const { stripe_session_id, stripe_invoice_id } = formFields(request);
  return {
    ...(stripe_session_id === undefined ? {} : { stripe_session_id }),
    ...(stripe_invoice_id === undefined ? {} : { stripe_invoice_id }),
  };
}

function triesOf(request: FastifyRequest): number {
  const { tries = '' } = formFields(request);
  return /^\d{1,3}$/.test(tries) ? Number(tries) : 0;
}
