import type { EntityManager } from 'typeorm';
import type { Registrant } from '../../registration/registrants/registrant.js';

const HAD_PLAN = `
  SELECT EXISTS (
    SELECT 1 FROM plans p JOIN customers c ON c.id = p.customer_id
    WHERE c.server_id = COALESCE($1::bigint, (SELECT server_id FROM remote_realms WHERE id = $2::bigint))
      AND ($1::bigint IS NOT NULL OR $2::bigint IS NOT NULL) OR c.realm_id = $2::bigint
  ) AS had`;

/** Whether a server or realm has or ever had a plan, complimentary access included; of a realm, its server too. */
export async function hadPlan(tx: EntityManager, holder: Registrant): Promise<boolean> {
  const ids = 'serverId' in holder ? [holder.serverId, null] : [null, holder.realmId];
  const [row] = await tx.query<{ had: boolean }[]>(HAD_PLAN, ids);
  return row?.had ?? true;
}
