import { Inject, Injectable } from '@nestjs/common';
import { type BatchSnapshot, TurnBatcher } from '../common/turn-batcher.js';
import { HotPool } from '../database/hot-pool.js';
import {
  PERMISSION_COLUMNS,
  PERMISSION_JOINS,
  type PermissionRow,
  type StoredFacts,
  toFacts,
} from '../plans/permission/permission-facts.js';
import type { DeviceKind } from './device-kind.js';
import type { FoundRealm } from './target-lookup.js';

/** How a request names a device: newer servers by the id of its token, Zulip 11 by its number here. Neither: no device can be meant. */
export interface EncryptedDeviceName {
  readonly tokenId?: string;
  readonly deviceId?: string;
}

/** Which devices of a realm are wanted. */
export interface EncryptedTargetQuery {
  readonly serverId: string;
  readonly realmUuid: string;
  readonly devices: readonly EncryptedDeviceName[];
}

/** A device as an encrypted notification needs it. */
export interface EncryptedTarget {
  readonly deviceId: string;
  readonly kind: DeviceKind;
  readonly token: string;
  readonly iosAppId: string | null;
  readonly registeredAt: Date;
}

/** What is known for one query. */
export interface EncryptedTargets {
  readonly realm?: FoundRealm;
  readonly permission: StoredFacts;
  /** In the order of the query; undefined for a device that is not registered with the realm, or dead. */
  readonly devices: readonly (EncryptedTarget | undefined)[];
}

/** One row per wanted device, or one with nulls where a query wants none. */
const LOOK_UP = `
  SELECT q.n, w.i, r.id AS realm_id, r.server_id AS realm_server_id,
    d.device_id, d.kind, d.token, d.ios_app_id, d.registered_at, ${PERMISSION_COLUMNS}
  FROM unnest($1::int[], $2::bigint[], $3::uuid[]) AS q (n, server_id, realm_uuid)
  LEFT JOIN remote_realms r ON r.uuid = q.realm_uuid
  ${PERMISSION_JOINS}
  LEFT JOIN unnest($4::int[], $5::int[], $6::bigint[], $7::bigint[]) AS w (n, i, token_id, device_id) ON w.n = q.n
  LEFT JOIN LATERAL (
    SELECT * FROM encrypted_devices e WHERE e.remote_realm_id = r.id AND e.token_id = w.token_id AND e.expired_at IS NULL
    UNION ALL
    SELECT * FROM encrypted_devices e WHERE e.device_id = w.device_id AND e.remote_realm_id = r.id AND e.expired_at IS NULL
    LIMIT 1
  ) d ON true`;

interface Row extends PermissionRow {
  readonly n: number;
  readonly i: number | null;
  readonly realm_id: string | null;
  readonly realm_server_id: string | null;
  readonly device_id: string | null;
  readonly kind: DeviceKind;
  readonly token: string;
  readonly ios_app_id: string | null;
  readonly registered_at: Date;
}

type Found = EncryptedTargets & { devices: (EncryptedTarget | undefined)[] };

/** Finds the devices that encrypted notifications are for, and what permission to send is decided by; shared like `TargetLookup`. */
@Injectable()
export class EncryptedTargetLookup {
  private readonly batcher = new TurnBatcher<EncryptedTargetQuery, EncryptedTargets>((queries) => this.load(queries), {
    size: 200,
    concurrency: 4,
  });

  constructor(@Inject(HotPool) private readonly pool: HotPool) {}

  find(query: EncryptedTargetQuery): Promise<EncryptedTargets> {
    return this.batcher.ask(query);
  }

  batches(): BatchSnapshot {
    return this.batcher.snapshot();
  }

  private async load(queries: EncryptedTargetQuery[]): Promise<EncryptedTargets[]> {
    const wanted = queries.flatMap(({ devices }, n) => devices.map((device, i) => ({ n, i, ...device })));
    const rows = await this.pool.query<Row & Record<string, unknown>>('encrypted-target-lookup', LOOK_UP, [
      queries.map((_, n) => n),
      queries.map((query) => query.serverId),
      queries.map((query) => query.realmUuid),
      wanted.map(({ n }) => n),
      wanted.map(({ i }) => i),
      wanted.map(({ tokenId }) => tokenId ?? null),
      wanted.map(({ deviceId }) => deviceId ?? null),
    ]);
    const found: Found[] = [];
    for (const row of rows) {
      found[row.n] ??= toTargets(row, queries[row.n]?.devices.length ?? 0);
      if (row.i !== null && row.device_id !== null)
        found[row.n]?.devices.splice(row.i, 1, toTarget(row.device_id, row));
    }
    return found;
  }
}

function toTargets(row: Row, wanted: number): Found {
  const { realm_id: id, realm_server_id: serverId } = row;
  return {
    ...(id !== null && serverId !== null ? { realm: { id, serverId } } : {}),
    permission: toFacts(row),
    devices: Array.from({ length: wanted }, () => undefined),
  };
}

function toTarget(deviceId: string, row: Row): EncryptedTarget {
  return {
    deviceId,
    kind: row.kind,
    token: row.token,
    iosAppId: row.ios_app_id,
    registeredAt: row.registered_at,
  };
}
