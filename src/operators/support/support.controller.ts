import { Get, Inject, Post, Query, Req, UseGuards } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { AppError } from '../../common/errors.js';
import { formFields } from '../../protocol/request.js';
import { BrowserController } from '../../sessions/pages/browser-controller.decorator.js';
import { type Page, page } from '../../sessions/pages/page.js';
import type { KnownOperator } from '../accounts/known-operator.js';
import { roleSuffices } from '../accounts/operator-role.js';
import { bothSlashes } from '../login/both-slashes.js';
import { OperatorGuard } from '../login/operator.guard.js';
import { Act, CurrentOperator } from '../login/operator-marks.js';
import { SupportActions } from './support-actions.js';
import { readSupportForm } from './support-form.js';
import { SupportPages } from './support-pages.js';
import { readSupportQuery, type SupportQuery, supportAddress } from './support-query.js';
import { PAGE_SERVERS } from './support-search.js';
import { SupportTargets } from './support-targets.js';

/** What came of a form. */
interface Notice {
  readonly kind: 'success' | 'error';
  readonly text: string;
}

/** Finds a customer, shows all that is known of it, and does what operators do for customers. */
@BrowserController('activity/remote/support')
@UseGuards(OperatorGuard)
export class SupportController {
  constructor(
    @Inject(SupportPages) private readonly pages: SupportPages,
    @Inject(SupportTargets) private readonly targets: SupportTargets,
    @Inject(SupportActions) private readonly actions: SupportActions,
  ) {}

  @Get(bothSlashes())
  show(@Query() parameters: unknown, @CurrentOperator() operator: KnownOperator): Promise<Page> {
    return this.render(readSupportQuery(parameters), operator);
  }

  /** The forms of the page. What is refused by a rule is told on the page; what is malformed is an error. */
  @Post(bothSlashes())
  @Act()
  async act(
    @Query() parameters: unknown,
    @Req() request: FastifyRequest,
    @CurrentOperator() operator: KnownOperator,
  ): Promise<Page> {
    const query = readSupportQuery(parameters);
    try {
      const wanted = readSupportForm(formFields(request));
      const target = await this.targets.find(wanted.holder);
      const text = await this.actions.perform(wanted, target, { operatorId: operator.id });
      return this.render({ ...query, text: query.text || target.serverUuid }, operator, { kind: 'success', text });
    } catch (error) {
      if (!isRefusal(error)) throw error;
      return this.render(query, operator, { kind: 'error', text: error.clientMessage });
    }
  }

  private async render({ text, page: number }: SupportQuery, operator: KnownOperator, notice?: Notice): Promise<Page> {
    const mayAct = roleSuffices(operator.role, 'act');
    const { servers, count } = await this.pages.find(text, number, mayAct);
    const pages = Math.ceil(count / PAGE_SERVERS);
    return page('operators/support', 'Support', {
      scripts: ['support.js'],
      query: text,
      action: supportAddress(text, number),
      notice,
      servers,
      found: count,
      isSearched: text !== '',
      from: number * PAGE_SERVERS + 1,
      to: number * PAGE_SERVERS + servers.length,
      previous: number > 0 ? supportAddress(text, number - 1) : undefined,
      next: number + 1 < pages ? supportAddress(text, number + 1) : undefined,
    });
  }
}

/** Billing says no, or Stripe does: the operator reads why, and nothing has changed. */
function isRefusal(error: unknown): error is AppError {
  return error instanceof AppError && (error.errorName === 'billing.refused' || error.errorName === 'billing.failed');
}
