import { Get, Inject, Param, Query, UseGuards } from '@nestjs/common';
import { z } from 'zod';
import { Clock } from '../../common/clock.js';
import { AppError } from '../../common/errors.js';
import { isLive } from '../../plans/catalogue/plan-status.js';
import { tierName } from '../../plans/catalogue/tiers.js';
import { renewsOn } from '../../plans/rules/next-charge.js';
import { BrowserController } from '../../sessions/pages/browser-controller.decorator.js';
import { type Page, page } from '../../sessions/pages/page.js';
import { bothSlashes } from '../login/both-slashes.js';
import { OperatorGuard } from '../login/operator.guard.js';
import { View } from '../login/operator-marks.js';
import { statusName } from '../usage/plan-texts.js';
import { PlanLedgerReadModel } from './plan-ledger.read-model.js';

const ID = /^[1-9]\d{0,17}$/;
const parameters = z.object({ before: z.string().regex(ID).optional() });

/** The license ledger of a plan. */
@BrowserController('activity/plan_ledger')
@UseGuards(OperatorGuard)
@View()
export class PlanLedgerController {
  constructor(
    @Inject(PlanLedgerReadModel) private readonly ledgers: PlanLedgerReadModel,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  @Get(bothSlashes(':id'))
  async show(@Param('id') id: string, @Query() query: unknown): Promise<Page> {
    const plan = ID.test(id) ? await this.ledgers.plan(id) : undefined;
    if (!plan) throw new AppError('http.not-found');
    const { success, data } = parameters.safeParse(query);
    if (!success) throw new AppError('http.bad-request');
    const { rows, next } = await this.ledgers.page(plan.id, data.before);
    const address = `/activity/plan_ledger/${plan.id}/`;
    return page('operators/plan-ledger', `License ledger of ${plan.name}`, {
      plan,
      planName: tierName(plan.tier),
      status: statusName(plan.status),
      nextCycle: isLive(plan.status) ? renewsOn(plan, this.clock.now()) : undefined,
      rows,
      newest: data.before === undefined ? undefined : address,
      older: next === undefined ? undefined : `${address}?before=${next}`,
      support: `/activity/remote/support?${new URLSearchParams({ q: plan.uuid })}`,
    });
  }
}
