import { Inject, Injectable } from '@nestjs/common';
import { TurnBatcher } from '../../common/turn-batcher.js';
import { HotPool } from '../../database/hot-pool.js';
import { endOfUtcDay } from './day-bucket.js';

/** What the service counts itself, per UTC day. */
export type PushProperty = 'mobile_pushes_received::day' | 'mobile_pushes_forwarded::day';

/** An increment, for a server and, where the request named one that is known, its realm. */
export interface PushCount {
  readonly serverId: string;
  readonly realmId?: string;
  readonly property: PushProperty;
  readonly value: number;
  /** When it was counted; decides the day. */
  readonly at: Date;
  /** Whether the server's own total moves too. */
  readonly countForServer?: boolean;
}

const ADD_TO_SERVERS = `
  INSERT INTO remote_installation_counts (server_id, property, end_time, value)
  SELECT * FROM unnest($1::bigint[], $2::text[], $3::timestamptz[], $4::bigint[])
  ON CONFLICT (server_id, property, end_time) WHERE subgroup IS NULL
  DO UPDATE SET value = remote_installation_counts.value + EXCLUDED.value`;

const ADD_TO_REALMS = `
  INSERT INTO remote_realm_counts (server_id, remote_realm_id, property, end_time, value)
  SELECT * FROM unnest($1::bigint[], $5::bigint[], $2::text[], $3::timestamptz[], $4::bigint[])
  ON CONFLICT (remote_realm_id, property, end_time) WHERE subgroup IS NULL
  DO UPDATE SET value = remote_realm_counts.value + EXCLUDED.value`;

interface Sum {
  readonly serverId: string;
  readonly realmId?: string;
  readonly property: PushProperty;
  readonly end: Date;
  value: number;
}

/**
 * Adds to the push counters. Increments of the same moment are summed and written in one statement per table, one at a time and
 * in one order, so that nodes cannot wait for each other. An increment of nothing writes no row.
 */
@Injectable()
export class PushCountsRecorder {
  private readonly batcher = new TurnBatcher<readonly PushCount[], undefined>(
    (batches) => this.write(batches.flat(), batches.length),
    {
      size: 500,
      concurrency: 1,
    },
  );

  constructor(@Inject(HotPool) private readonly pool: HotPool) {}

  /** Resolves when the increments are committed. */
  async add(counts: readonly PushCount[]): Promise<void> {
    const some = counts.filter(({ value }) => value > 0);
    if (some.length > 0) await this.batcher.ask(some);
  }

  private async write(counts: readonly PushCount[], answers: number): Promise<undefined[]> {
    const servers = sums(
      counts.filter(({ countForServer }) => countForServer !== false).map(({ realmId: _, ...count }) => count),
    );
    const realms = sums(counts.filter(({ realmId }) => realmId !== undefined));
    if (servers.length > 0) await this.pool.query('count-pushes-servers', ADD_TO_SERVERS, columns(servers));
    if (realms.length > 0) {
      await this.pool.query('count-pushes-realms', ADD_TO_REALMS, [
        ...columns(realms),
        realms.map(({ realmId }) => realmId),
      ]);
    }
    return Array.from({ length: answers }, () => undefined);
  }
}

function sums(counts: readonly PushCount[]): Sum[] {
  const byKey = new Map<string, Sum>();
  for (const { serverId, realmId, property, value, at } of counts) {
    const end = endOfUtcDay(at);
    const key = `${serverId.padStart(20, '0')} ${realmId?.padStart(20, '0') ?? ''} ${property} ${end.getTime()}`;
    const sum = byKey.get(key);
    if (sum) sum.value += value;
    else byKey.set(key, { serverId, ...(realmId === undefined ? {} : { realmId }), property, end, value });
  }
  return [...byKey.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, sum]) => sum);
}

function columns(rows: readonly Sum[]): unknown[] {
  return [
    rows.map(({ serverId }) => serverId),
    rows.map(({ property }) => property),
    rows.map(({ end }) => end),
    rows.map(({ value }) => value),
  ];
}
