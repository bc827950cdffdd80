import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Clock } from '../../common/clock.js';
import { AUDIT_EVENT } from '../audit/audit-event.js';
import { type Actor, AuditNotes } from '../audit/audit-notes.js';
import type { Registrant } from './registrant.js';

/** Plan type of whoever holds no plan. */
const FREE = 100;

const change = (table: string) => `
  UPDATE ${table} AS row SET plan_type = $2, updated_at = $3
  FROM (SELECT id, plan_type FROM ${table} WHERE id = $1 FOR NO KEY UPDATE) AS before
  WHERE row.id = before.id AND before.plan_type <> $2
  RETURNING before.plan_type AS old`;

const CHANGE_SERVER = change('remote_servers');
const CHANGE_REALM = change('remote_realms');

/** The plan types of servers and realms: which plan billing last gave them, kept beside them. Whether they may have it is billing's. */
@Injectable()
export class PlanTypes {
  constructor(
    @Inject(AuditNotes) private readonly audit: AuditNotes,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  /** Sets a plan type and notes the change (10204); nothing where it is so already. */
  async set(tx: EntityManager, registrant: Registrant, planType: number, actor?: Actor): Promise<void> {
    const old = await this.change(tx, registrant, planType);
    if (old === undefined) return;
    const values = { old_value: old, new_value: planType };
    await this.audit.note(tx, registrant, AUDIT_EVENT.planTypeChanged, values, actor);
  }

  /** A plan went from a server to its realm: the realm takes over the plan type, and the realm's log notes it (20002). */
  async moveToRealm(tx: EntityManager, serverId: string, realmId: string): Promise<void> {
    const moved = (await this.change(tx, { serverId }, FREE)) ?? FREE;
    const old = (await this.change(tx, { realmId }, moved)) ?? moved;
    const values = { attr_name: 'plan_type', old_value: old, new_value: moved };
    await this.audit.note(tx, { realmId }, AUDIT_EVENT.planMovedToRealm, values);
  }

  /** The plan type before, where it was another one. */
  private async change(tx: EntityManager, registrant: Registrant, planType: number): Promise<number | undefined> {
    const [statement, id] =
      'serverId' in registrant ? [CHANGE_SERVER, registrant.serverId] : [CHANGE_REALM, registrant.realmId];
    const [rows] = await tx.query<[{ old: number }[], number]>(statement, [id, planType, this.clock.now()]);
    return rows[0]?.old;
  }
}
