import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { PlanState } from './decide-permission.js';

/** Who holds a plan: a server or a realm. */
export type PlanHolder = { readonly serverId: string } | { readonly realmId: string };

const FORGET = {
  server: 'DELETE FROM permission_plans WHERE server_id = $1 AND realm_id IS NULL',
  realm: 'DELETE FROM permission_plans WHERE realm_id = $1',
};

const KEEP = {
  server: `
    INSERT INTO permission_plans (server_id, ending_at) VALUES ($1, $2)
    ON CONFLICT (server_id) WHERE realm_id IS NULL DO UPDATE SET ending_at = EXCLUDED.ending_at`,
  realm: `
    INSERT INTO permission_plans (server_id, realm_id, ending_at) SELECT server_id, id, $2 FROM remote_realms WHERE id = $1
    ON CONFLICT (realm_id) WHERE realm_id IS NOT NULL DO UPDATE SET ending_at = EXCLUDED.ending_at`,
};

/** Tells push permission of plans. Billing calls it; forwarding never asks billing. */
@Injectable()
export class CurrentPlans {
  /**
   * A server or realm now holds a plan in this state, or none. Called in the transaction that changes the plan: both are seen at
   * once. Anything but an end with the cycle or trial is `active`, a plan that is past due too.
   */
  async planChanged(tx: EntityManager, holder: PlanHolder, state: PlanState): Promise<void> {
    const [kind, id] =
      'realmId' in holder ? (['realm', holder.realmId] as const) : (['server', holder.serverId] as const);
    if (state.kind === 'none') await tx.query(FORGET[kind], [id]);
    else await tx.query(KEEP[kind], [id, state.kind === 'ending' ? state.nextCycleAt : null]);
  }
}
