import { Get, Inject, Post, Req, UseGuards } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { FastifyRequest } from 'fastify';
import type { DataSource } from 'typeorm';
import { z } from 'zod';
import { MailOutbox } from '../../mail/mail-outbox.js';
import { StuckEvents } from '../../plans/purchase/stuck-events.js';
import { FormParameters } from '../../protocol/wire-parameters.decorator.js';
import { BrowserController } from '../../sessions/pages/browser-controller.decorator.js';
import { flash } from '../../sessions/pages/flash.js';
import { type Page, page, type Redirect, seeOther } from '../../sessions/pages/page.js';
import type { KnownOperator } from '../accounts/known-operator.js';
import { OperatorAudit } from '../accounts/operator-audit.js';
import { bothSlashes } from '../login/both-slashes.js';
import { OperatorGuard } from '../login/operator.guard.js';
import { Act, CurrentOperator } from '../login/operator-marks.js';
import { ServiceStates } from './service-state.js';
import { serviceView } from './service-view.js';

const ADDRESS = '/activity/service';

const retryForm = z.object({ id: z.string().regex(/^[1-9]\d{0,17}$/) });

/** How the service fares, and what waits for somebody. */
@BrowserController('activity/service')
@UseGuards(OperatorGuard)
export class ServiceController {
  constructor(
    @InjectDataSource() private readonly database: DataSource,
    @Inject(ServiceStates) private readonly states: ServiceStates,
    @Inject(MailOutbox) private readonly outbox: MailOutbox,
    @Inject(StuckEvents) private readonly events: StuckEvents,
    @Inject(OperatorAudit) private readonly audit: OperatorAudit,
  ) {}

  @Get(bothSlashes())
  async show(@CurrentOperator() { role }: KnownOperator): Promise<Page> {
    return page('operators/service', 'Service', serviceView(await this.states.now(), role === 'act'));
  }

  @Post(bothSlashes('retry-event'))
  @Act()
  async retryEvent(
    @Req() request: FastifyRequest,
    @CurrentOperator() operator: KnownOperator,
    @FormParameters(retryForm) { id }: z.output<typeof retryForm>,
  ): Promise<Redirect> {
    if (!(await this.events.retry(id))) {
      flash(request, 'warning', 'This event is not stuck any more.');
      return seeOther(ADDRESS);
    }
    const { manager } = this.database;
    await this.audit.note(manager, 'Stripe event tried again', operator.id, operator.id, { event: id });
    const again = (await this.events.list()).find((event) => event.id === id);
    if (again?.error) flash(request, 'error', `The event failed again: ${again.error.description}`);
    else if (again) flash(request, 'warning', 'The event is being tried.');
    else flash(request, 'success', 'The event is handled.');
    return seeOther(ADDRESS);
  }

  @Post(bothSlashes('retry-mail'))
  @Act()
  async retryMail(
    @Req() request: FastifyRequest,
    @CurrentOperator() operator: KnownOperator,
    @FormParameters(retryForm) { id }: z.output<typeof retryForm>,
  ): Promise<Redirect> {
    if (await this.outbox.tryAgain(id)) {
      await this.audit.note(this.database.manager, 'mail tried again', operator.id, operator.id, { mail: id });
      flash(request, 'success', 'The mail is tried again, for another day.');
    } else {
      flash(request, 'warning', 'This mail is not among those that were given up any more.');
    }
    return seeOther(ADDRESS);
  }
}
