import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../../common/clock.js';
import { type BatchSnapshot, TurnBatcher } from '../../common/turn-batcher.js';
import { HotPool } from '../../database/hot-pool.js';
import { arrayLiteral, column } from '../uploads/array-literal.js';
import { byId, type PushProperty, type Total, Totals } from './totals.js';

/** How many devices, and when: that decides the day. */
export interface Tally {
  readonly property: PushProperty;
  readonly value: number;
  readonly at: Date;
}

/** What a notification leaves behind: that its server and its realm were seen, and what was counted. */
export interface Settlement {
  readonly serverId: string;
  /** Absent: the request named no realm that is known. */
  readonly realmId?: string;
  readonly tallies: readonly Tally[];
  /** The server's own totals do not move. */
  readonly realmOnly?: boolean;
  /** What comes long after the request: the times of last requests do not move. */
  readonly late?: boolean;
}

const upsertActivity = (table: string, key: string, ids: string) => `
  INSERT INTO ${table} (${key}, last_request_at)
  SELECT id, $1::timestamptz FROM unnest(${ids}::bigint[]) AS id
  ON CONFLICT (${key}) DO UPDATE SET last_request_at = EXCLUDED.last_request_at
  WHERE ${table}.last_request_at < EXCLUDED.last_request_at`;

/** All in one statement is all in one commit, and one journey. */
const SETTLE = `
  WITH server_totals AS (
    INSERT INTO remote_installation_counts (server_id, property, end_time, value)
    SELECT * FROM unnest($4::bigint[], $5::text[], $6::timestamptz[], $7::bigint[])
    ON CONFLICT (server_id, property, end_time) WHERE subgroup IS NULL
    DO UPDATE SET value = remote_installation_counts.value + EXCLUDED.value
  ), realm_totals AS (
    INSERT INTO remote_realm_counts (server_id, remote_realm_id, property, end_time, value)
    SELECT * FROM unnest($8::bigint[], $9::bigint[], $10::text[], $11::timestamptz[], $12::bigint[])
    ON CONFLICT (remote_realm_id, property, end_time) WHERE subgroup IS NULL
    DO UPDATE SET value = remote_realm_counts.value + EXCLUDED.value
  ), realms AS (${upsertActivity('remote_realm_activity', 'realm_id', '$3')})
  ${upsertActivity('remote_server_activity', 'server_id', '$2')}`;

/**
 * Commits what notifications leave behind. Those of the same moment share one statement, and what comes while it runs shares the
 * next. Every node runs the same statement, which takes the tables in one order and the rows of each in the order of their ids,
 * so that nodes wait for one another and never in a ring. An increment of nothing writes no row.
 */
@Injectable()
export class Settlements {
  private readonly batcher = new TurnBatcher<Settlement, undefined>((batch) => this.write(batch), {
    size: 1_000,
    concurrency: 1,
  });

  constructor(
    @Inject(HotPool) private readonly pool: HotPool,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  /** Resolves when all of it is committed. */
  async settle(settlement: Settlement): Promise<void> {
    await this.batcher.ask(settlement);
  }

  batches(): BatchSnapshot {
    return this.batcher.snapshot();
  }

  private async write(batch: readonly Settlement[]): Promise<undefined[]> {
    const servers = new Set<string>();
    const realms = new Set<string>();
    const ofServers = new Totals();
    const ofRealms = new Totals();
    for (const { serverId, realmId, tallies, realmOnly, late } of batch) {
      if (late !== true) servers.add(serverId);
      if (late !== true && realmId !== undefined) realms.add(realmId);
      for (const { property, value, at } of tallies) {
        if (value <= 0) continue;
        if (realmOnly !== true) ofServers.add(serverId, serverId, property, value, at);
        if (realmId !== undefined) ofRealms.add(realmId, serverId, property, value, at);
      }
    }
    const [serverRows, realmRows] = [ofServers.sorted(), ofRealms.sorted()];
    await this.pool.query('settle-notifications', SETTLE, [
      this.clock.now(),
      arrayLiteral([...servers].sort(byId)),
      arrayLiteral([...realms].sort(byId)),
      ...[column(serverRows, ({ id }) => id), ...counts(serverRows)],
      ...[column(realmRows, (row) => row.serverId), column(realmRows, ({ id }) => id), ...counts(realmRows)],
    ]);
    return batch.map(() => undefined);
  }
}

function counts(rows: readonly Total[]): string[] {
  return [
    column(rows, ({ property }) => property),
    column(rows, ({ end }) => end.toISOString()),
    column(rows, ({ value }) => value),
  ];
}
