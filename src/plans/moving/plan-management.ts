import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { tierName } from '../catalogue/tiers.js';

/** Whether plans can be managed for somebody; if not, why, and by which plan, in the words that people see. */
export type PlanManagement =
  | { readonly available: true }
  | { readonly available: false; readonly because: 'server-has-plan' | 'realm-has-plan'; readonly planName: string };

const PLAN_OF_SERVER = `
  SELECT p.tier FROM customers c JOIN plans p ON p.customer_id = c.id AND p.status < 10
  WHERE c.server_id = (SELECT server_id FROM remote_realms WHERE id = $1)`;

const PLAN_OF_A_REALM = `
  SELECT p.tier FROM remote_realms r JOIN customers c ON c.realm_id = r.id JOIN plans p ON p.customer_id = c.id AND p.status < 10
  WHERE r.server_id = $1 ORDER BY p.id LIMIT 1`;

/** Keeps the plans of a server and of its realms apart: where one side has one, the other side cannot manage any. */
@Injectable()
export class PlanManagements {
  /** For a realm; to be asked after `PlanMove`, which may take the obstacle away. */
  ofRealm(tx: EntityManager, realmId: string): Promise<PlanManagement> {
    return this.unlessPlan(tx, PLAN_OF_SERVER, realmId, 'server-has-plan');
  }

  /** For a whole server. Who comes to deactivate it is let in all the same, and need not ask. */
  ofServer(tx: EntityManager, serverId: string): Promise<PlanManagement> {
    return this.unlessPlan(tx, PLAN_OF_A_REALM, serverId, 'realm-has-plan');
  }

  private async unlessPlan(
    tx: EntityManager,
    statement: string,
    id: string,
    because: 'server-has-plan' | 'realm-has-plan',
  ): Promise<PlanManagement> {
    const [plan] = await tx.query<{ tier: number }[]>(statement, [id]);
    return plan ? { available: false, because, planName: tierName(plan.tier) } : { available: true };
  }
}
