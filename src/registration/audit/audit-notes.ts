import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Clock } from '../../common/clock.js';
import type { Registrant } from '../registrants/registrant.js';

/** Who did something; absent: nobody, it happened in the background. A billing user is the server's or the realm's own. */
export type Actor = { readonly billingUserId: string } | { readonly operatorId: string };

const NOTE_FOR_SERVER = `
  INSERT INTO remote_server_audit_log (server_id, event_time, event_type, extra_data, acting_billing_user_id, acting_operator_id)
  VALUES ($1, $2, $3, $4, $5, $6)`;

const NOTE_FOR_REALM = `
  INSERT INTO remote_realm_audit_log
    (server_id, remote_realm_id, event_time, event_type, extra_data, acting_billing_user_id, acting_operator_id)
  SELECT server_id, id, $2, $3, $4, $5, $6 FROM remote_realms WHERE id = $1`;

/** Notes what happened to a server or realm in its audit log. */
@Injectable()
export class AuditNotes {
  constructor(@Inject(Clock) private readonly clock: Clock) {}

  /** Notes one event of now, in the caller's transaction. */
  async note(
    tx: EntityManager,
    registrant: Registrant,
    eventType: number,
    extraData: Readonly<Record<string, unknown>>,
    actor?: Actor,
  ): Promise<void> {
    const [statement, id] =
      'serverId' in registrant ? [NOTE_FOR_SERVER, registrant.serverId] : [NOTE_FOR_REALM, registrant.realmId];
    const billingUser = actor && 'billingUserId' in actor ? actor.billingUserId : null;
    const operator = actor && 'operatorId' in actor ? actor.operatorId : null;
    const values = [id, this.clock.now(), eventType, JSON.stringify(extraData), billingUser, operator];
    await tx.query(statement, values);
  }
}
