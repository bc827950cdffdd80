import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { Registrant } from './registrant.js';

// As uploads lock it: devices can be registered meanwhile (PostgreSQL documentation, 13.3.2).
const LOCK_SERVER = 'SELECT id FROM remote_servers WHERE id = $1 FOR NO KEY UPDATE';
const LOCK_SERVER_OF_REALM = `
  SELECT id FROM remote_servers WHERE id = (SELECT server_id FROM remote_realms WHERE id = $1) FOR NO KEY UPDATE`;

const LAST_UPLOAD = 'SELECT last_audit_log_update AS at FROM remote_servers WHERE id = $1';

const HUMAN_REALMS = `
  SELECT id FROM remote_realms
  WHERE server_id = $1 AND NOT is_system_bot_realm AND NOT realm_deactivated AND NOT realm_locally_deleted
    AND NOT registration_deactivated AND NOT starts_with(host, 'zulipinternal.')
  ORDER BY id`;

/** What billing asks about servers and realms. */
@Injectable()
export class Registrants {
  /**
   * Locks the row of the server, or of the realm's server, until the transaction ends; answers its id, undefined where there is none.
   * An upload holds the same lock, so nothing it counts by changes meanwhile.
   */
  async lockServerOf(tx: EntityManager, registrant: Registrant): Promise<string | undefined> {
    const [statement, id] =
      'serverId' in registrant ? [LOCK_SERVER, registrant.serverId] : [LOCK_SERVER_OF_REALM, registrant.realmId];
    const [row] = await tx.query<{ id: string }[]>(statement, [id]);
    return row?.id;
  }

  /** When a server last uploaded its audit log, which is where user counts come from; null: never. */
  async lastUploadOf(tx: EntityManager, serverId: string): Promise<Date | null> {
    const [row] = await tx.query<{ at: Date | null }[]>(LAST_UPLOAD, [serverId]);
    return row?.at ?? null;
  }

  /** The realms of a server that people use: not the one for bots, none that is deactivated or gone. */
  async humanRealmsOf(tx: EntityManager, serverId: string): Promise<string[]> {
    return (await tx.query<{ id: string }[]>(HUMAN_REALMS, [serverId])).map(({ id }) => id);
  }
}
