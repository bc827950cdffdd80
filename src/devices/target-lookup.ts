import { Inject, Injectable } from '@nestjs/common';
import { TurnBatcher } from '../common/turn-batcher.js';
import { HotPool } from '../database/hot-pool.js';
import type { DeviceKind } from './device-kind.js';
import type { UserIdentity } from './user-identity.js';

/** Whose devices are wanted. */
export interface TargetQuery extends UserIdentity {
  readonly serverId: string;
  readonly realmUuid?: string;
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

/** What is known for one query. */
export interface Targets {
  /** The realm that the query names, if anybody registered it. */
  readonly realm?: { readonly id: string; readonly serverId: string };
  /** In the order of their ids. */
  readonly devices: readonly TargetDevice[];
}

/** Realm and devices for many notifications at once; one row per device, or one with nulls where there is none. */
const LOOK_UP = `
  SELECT q.n, r.id AS realm_id, r.server_id AS realm_server_id, d.id, d.kind, d.token, d.user_uuid IS NOT NULL AS by_uuid,
    d.remote_realm_id, d.ios_app_id, d.registered_at,
    d.remote_realm_id = r.id AND EXISTS (
      SELECT 1 FROM encrypted_devices e
      WHERE e.remote_realm_id = r.id AND e.token_digest = d.token_digest AND e.kind = d.kind
    ) AS superseded
  FROM unnest($1::int[], $2::bigint[], $3::bigint[], $4::uuid[], $5::uuid[]) AS q (n, server_id, user_id, user_uuid, realm_uuid)
  LEFT JOIN remote_realms r ON r.uuid = q.realm_uuid
  LEFT JOIN LATERAL (
    SELECT * FROM devices WHERE server_id = q.server_id AND user_uuid = q.user_uuid
    UNION
    SELECT * FROM devices WHERE server_id = q.server_id AND user_id = q.user_id
  ) d ON true
  ORDER BY q.n, d.id`;

interface Row {
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

/** Finds the devices of the users that notifications are for. Notifications of the same moment share one statement. */
@Injectable()
export class TargetLookup {
  private readonly batcher = new TurnBatcher<TargetQuery, Targets>((queries) => this.load(queries), {
    size: 200,
    concurrency: 4,
  });

  constructor(@Inject(HotPool) private readonly pool: HotPool) {}

  find(query: TargetQuery): Promise<Targets> {
    return this.batcher.ask(query);
  }

  private async load(queries: TargetQuery[]): Promise<Targets[]> {
    const rows = await this.pool.query<Row & Record<string, unknown>>('target-lookup', LOOK_UP, [
      queries.map((_, n) => n),
      queries.map((query) => query.serverId),
      queries.map((query) => query.userId ?? null),
      queries.map((query) => query.userUuid ?? null),
      queries.map((query) => query.realmUuid ?? null),
    ]);
    const found: { realm?: { id: string; serverId: string }; devices: TargetDevice[] }[] = queries.map(() => ({
      devices: [],
    }));
    for (const row of rows) {
      const target = found[row.n];
      if (!target) continue;
      if (row.realm_id !== null && row.realm_server_id !== null) {
        target.realm ??= { id: row.realm_id, serverId: row.realm_server_id };
      }
      if (row.id !== null) target.devices.push(toDevice(row.id, row));
    }
    return found;
  }
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
