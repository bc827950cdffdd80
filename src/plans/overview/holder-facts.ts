import type { EntityManager } from 'typeorm';
import type { Registrant } from '../../registration/registrants/registrant.js';

/** What is registered of a server or realm that pages of billing show. */
export interface HolderFacts {
  readonly uuid: string;
  readonly host: string;
  readonly name: string;
  readonly orgType: number;
  readonly planType: number;
  /** Of the server, or of the realm's. */
  readonly serverId: string;
  readonly uploadedAt: Date | null;
  readonly knowsRealms: boolean;
}

// Servers tell their feature level since the version that tells their realms.
const SERVER = `
  SELECT uuid, hostname AS host, hostname AS name, org_type AS "orgType", plan_type AS "planType", id AS "serverId",
    last_audit_log_update AS "uploadedAt", last_api_feature_level IS NOT NULL AS "knowsRealms"
  FROM remote_servers WHERE id = $1`;

const REALM = `
  SELECT r.uuid, r.host, COALESCE(NULLIF(r.name, ''), r.host) AS name, r.org_type AS "orgType", r.plan_type AS "planType",
    s.id AS "serverId", s.last_audit_log_update AS "uploadedAt", true AS "knowsRealms"
  FROM remote_realms r JOIN remote_servers s ON s.id = r.server_id WHERE r.id = $1`;

/** Reads what is registered; undefined where there is no such server or realm. */
export async function holderFacts(tx: EntityManager, holder: Registrant): Promise<HolderFacts | undefined> {
  const [statement, id] = 'serverId' in holder ? [SERVER, holder.serverId] : [REALM, holder.realmId];
  return (await tx.query<HolderFacts[]>(statement, [id]))[0];
}
