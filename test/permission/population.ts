import { DataSource } from 'typeorm';
import { CurrentPlans, type PlanHolder } from '../../src/plans/permission/current-plans.js';
import type { PlanState } from '../../src/plans/permission/decide-permission.js';
import { PushPermissions } from '../../src/plans/permission/push-permission.js';
import type { TestService } from '../support/service.js';

/** Owners, administrators, moderators, members, guests. */
export type Roles = readonly [number, number, number, number, number];

/** What a server reports with a change of its users. */
export function population([owners, admins, moderators, members, guests]: Roles, bots = 0): Record<string, unknown> {
  return {
    10: { 11: { 100: owners, 200: admins, 300: moderators, 400: members, 600: guests }, 12: bots },
  };
}

export interface AuditRow {
  readonly extraData: unknown;
  /** The server's number of the realm. */
  readonly realm?: number | null;
  /** The realm's id here; absent: the row is not linked to a realm. */
  readonly realmId?: string;
  readonly eventTime?: Date | string;
  readonly eventType?: number;
}

/** Stores audit records of a server as an upload does, in this order, and lets the service derive from them. */
export async function report(service: TestService, serverId: string, rows: readonly AuditRow[]): Promise<void> {
  await service.app.get(DataSource).transaction(async (tx) => {
    for (const { extraData, realm = 1, realmId = null, eventTime = service.clock.now(), eventType = 101 } of rows) {
      await tx.query(
        `INSERT INTO remote_realm_audit_log (server_id, remote_realm_id, realm_id, remote_id, event_time, event_type, extra_data)
         SELECT $1, $2, $3, COALESCE(max(remote_id), 0) + 1, $4, $5, $6 FROM remote_realm_audit_log WHERE server_id = $1`,
        [serverId, realmId, realm, eventTime, eventType, JSON.stringify(extraData)],
      );
    }
    await permissions(service).refresh(tx, serverId);
  });
}

/** Gives a server or realm a plan, or takes it away. */
export async function setPlan(service: TestService, holder: PlanHolder, state: PlanState): Promise<void> {
  await service.app
    .get(DataSource)
    .transaction((tx) => service.app.get(CurrentPlans, { strict: false }).planChanged(tx, holder, state));
}

export function permissions(service: TestService): PushPermissions {
  return service.app.get(PushPermissions, { strict: false });
}
