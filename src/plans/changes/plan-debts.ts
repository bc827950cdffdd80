import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { PlanStatus } from '../catalogue/plan-status.js';
import { refusal } from '../catalogue/refusals.js';
import type { Tier } from '../catalogue/tiers.js';
import { Debts } from '../deactivation/debts.js';
import { blocksDeactivation } from '../rules/deactivation.js';

const PLANS = `
  SELECT p.tier, p.status FROM plans p JOIN customers c ON c.id = p.customer_id
  WHERE p.status <> 11 AND (c.server_id = $1 OR c.realm_id IN (SELECT id FROM remote_realms WHERE server_id = $1))`;

/** Whoever is on a paid plan cancels it first: nothing would tell them afterwards that it goes on. */
@Injectable()
export class PlanDebts extends Debts {
  override async refuseIfOwing(tx: EntityManager, serverId: string): Promise<void> {
    const plans = await tx.query<{ tier: Tier; status: PlanStatus }[]>(PLANS, [serverId]);
    if (plans.some(blocksDeactivation)) throw refusal('paid-plan');
  }
}
