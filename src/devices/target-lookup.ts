import { Inject, Injectable } from '@nestjs/common';
import { type BatchSnapshot, TurnBatcher } from '../common/turn-batcher.js';
import { arrayLiteral, column } from '../database/array-literal.js';
import { HotPool } from '../database/hot-pool.js';
import {
  PERMISSION_COLUMNS,
  PERMISSION_JOINS,
  type PermissionRow,
  type StoredFacts,
  toFacts,
} from '../plans/permission/permission-facts.js';
import { DEVICE_KIND, type DeviceKind } from './device-kind.js';
import { tokenDigest } from './token.js';
import type { UserIdentity } from './user-identity.js';

/** Whose devices are wanted. */
export interface TargetQuery extends UserIdentity {
  readonly serverId: string;
  readonly realmUuid?: string | undefined;
}

/** A device as a notification needs it. */
export interface TargetDevice {
  readonly id: string;
  readonly kind: DeviceKind;
  readonly token: string;
  /** The row carries the user's UUID, not only the number. */
  readonly byUuid: boolean;
  readonly realmId: string | null;
  readonly iosAppId: string | null;
  readonly registeredAt: Date;
  /** The same device of the same realm takes encrypted notifications: this row has had its day. */
  readonly superseded: boolean;
}

/** A device as a message to it alone needs it. */
export type FoundDevice = Pick<TargetDevice, 'kind' | 'token' | 'iosAppId' | 'registeredAt'>;

/** A realm as somebody registered it: whose it is has to be looked at. */
export interface FoundRealm {
  readonly id: string;
  readonly serverId: string;
}

/** What is known for one query. */
export interface Targets {
  /** The realm that the query names, if anybody registered it. */
  readonly realm?: FoundRealm;
  /** What decides whether that realm, or else the server, may send. */
  readonly permission: StoredFacts;
  /** In the order of their ids. */
  readonly devices: readonly TargetDevice[];
}

const DEVICE_COLUMNS = 'id, kind, token, token_digest, user_uuid, remote_realm_id, ios_app_id, registered_at';

/** Realm, permission and devices for many notifications at once; one row per device, or one with nulls where there is none. */
const LOOK_UP = `
  SELECT q.n, r.id AS realm_id, r.server_id AS realm_server_id, d.id, d.kind, d.token, d.user_uuid IS NOT NULL AS by_uuid,
    d.remote_realm_id, d.ios_app_id, d.registered_at,
    d.remote_realm_id = r.id AND EXISTS (
      SELECT 1 FROM encrypted_devices e
      WHERE e.remote_realm_id = r.id AND e.token_digest = d.token_digest AND e.kind = d.kind
    ) AS superseded,
    ${PERMISSION_COLUMNS}
  FROM unnest($1::int[], $2::bigint[], $3::bigint[], $4::uuid[], $5::uuid[]) AS q (n, server_id, user_id, user_uuid, realm_uuid)
  LEFT JOIN remote_realms r ON r.uuid = q.realm_uuid
  ${PERMISSION_JOINS}
  LEFT JOIN LATERAL (
    SELECT ${DEVICE_COLUMNS} FROM devices WHERE server_id = q.server_id AND user_uuid = q.user_uuid
    UNION ALL
    SELECT ${DEVICE_COLUMNS} FROM devices WHERE server_id = q.server_id AND user_id = q.user_id
      AND (q.user_uuid IS NULL OR user_uuid IS DISTINCT FROM q.user_uuid)
  ) d ON true
  ORDER BY q.n, d.id`;

/** The row with the user's UUID stands for the device where there is another with the number. */
const FIND_ONE = `
  SELECT kind, token, ios_app_id, registered_at FROM devices
  WHERE server_id = $1 AND (user_id = $2 OR user_uuid = $3) AND kind = $4 AND token_digest = $5
  ORDER BY user_uuid IS NULL, id LIMIT 1`;

interface FoundRow {
  readonly kind: DeviceKind;
  readonly token: string;
  readonly ios_app_id: string | null;
  readonly registered_at: Date;
}

interface Row extends PermissionRow {
  readonly n: number;
  readonly realm_id: string | null;
  readonly realm_server_id: string | null;
  readonly id: string | null;
  readonly kind: DeviceKind;
  readonly token: string;
  readonly by_uuid: boolean;
  readonly remote_realm_id: string | null;
  readonly ios_app_id: string | null;
  readonly registered_at: Date;
  readonly superseded: boolean | null;
}

/**
 * Finds the devices of the users that notifications are for, and what permission to send is decided by. Notifications of the same
 * moment share one statement.
 */
@Injectable()
export class TargetLookup {
  private readonly batcher = new TurnBatcher<TargetQuery, Targets>((queries) => this.load(queries), {
    size: 200,
    // Few and large: half as many statements cost the database half as much, and what waits meanwhile waits for less.
    concurrency: 2,
  });

  constructor(@Inject(HotPool) private readonly pool: HotPool) {}

  find(query: TargetQuery): Promise<Targets> {
    return this.batcher.ask(query);
  }

  /** Of `find`. */
  batches(): BatchSnapshot {
    return this.batcher.snapshot();
  }

  /** One device of a user, if it is registered. */
  async findOne(serverId: string, user: UserIdentity, kind: number, token: string): Promise<FoundDevice | undefined> {
    const digest = tokenDigest(kind === DEVICE_KIND.apns ? DEVICE_KIND.apns : DEVICE_KIND.fcm, token);
    const values = [serverId, user.userId ?? null, user.userUuid ?? null, kind, digest];
    const [row] = await this.pool.query<FoundRow & Record<string, unknown>>('find-device', FIND_ONE, values);
    return row && { kind: row.kind, token: row.token, iosAppId: row.ios_app_id, registeredAt: row.registered_at };
  }

  private async load(queries: TargetQuery[]): Promise<Targets[]> {
    const rows = await this.pool.query<Row & Record<string, unknown>>('target-lookup', LOOK_UP, [
      arrayLiteral(queries.map((_, n) => n)),
      column(queries, ({ serverId }) => serverId),
      column(queries, ({ userId }) => userId ?? null),
      column(queries, ({ userUuid }) => userUuid ?? null),
      column(queries, ({ realmUuid }) => realmUuid ?? null),
    ]);
    const found: (Targets & { devices: TargetDevice[] })[] = [];
    for (const row of rows) {
      found[row.n] ??= toTargets(row);
      if (row.id !== null) found[row.n]?.devices.push(toDevice(row.id, row));
    }
    return found;
  }
}

function toTargets(row: Row): Targets & { devices: TargetDevice[] } {
  const { realm_id: id, realm_server_id: serverId } = row;
  const realm = id !== null && serverId !== null ? { id, serverId } : undefined;
  return { ...(realm ? { realm } : {}), permission: toFacts(row), devices: [] };
}

function toDevice(id: string, row: Row): TargetDevice {
  return {
    id,
    kind: row.kind,
    token: row.token,
    byUuid: row.by_uuid,
    realmId: row.remote_realm_id,
    iosAppId: row.ios_app_id,
    registeredAt: row.registered_at,
    superseded: row.superseded === true,
  };
}
