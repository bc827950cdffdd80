import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../../common/clock.js';
import type { BatchSnapshot } from '../../common/turn-batcher.js';
import { TurnSum } from '../../common/turn-sum.js';
import { HotPool } from '../../database/hot-pool.js';
import { arrayLiteral, column } from '../uploads/array-literal.js';
import { SeenTimes } from './seen-times.js';
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
  readonly realmId?: string | undefined;
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
 * so that nodes wait for one another and never in a ring. An increment of nothing writes no row, nor does a time of a last request
 * that this process wrote within the last ten seconds.
 */
@Injectable()
export class Settlements {
  private readonly seenServers = new SeenTimes();
  private readonly seenRealms = new SeenTimes();
  private readonly sum = new TurnSum<Settlement, Sum>({
    start: () => ({ servers: new Set(), realms: new Set(), ofServers: new Totals(), ofRealms: new Totals() }),
    add: (sum, settlement) => this.add(sum, settlement),
    write: (sum) => this.write(sum),
  });

  constructor(
    @Inject(HotPool) private readonly pool: HotPool,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  /** Resolves when all of it is committed. */
  settle(settlement: Settlement): Promise<void> {
    return this.sum.add(settlement);
  }

  batches(): BatchSnapshot {
    return this.sum.snapshot();
  }

  private add(sum: Sum, { serverId, realmId, tallies, realmOnly, late }: Settlement): void {
    if (late !== true) {
      const now = this.clock.millis();
      if (this.seenServers.due(serverId, now)) sum.servers.add(serverId);
      if (realmId !== undefined && this.seenRealms.due(realmId, now)) sum.realms.add(realmId);
    }
    for (const { property, value, at } of tallies) {
      if (value <= 0) continue;
      if (realmOnly !== true) sum.ofServers.add(serverId, serverId, property, value, at);
      if (realmId !== undefined) sum.ofRealms.add(realmId, serverId, property, value, at);
    }
  }

  private async write({ servers, realms, ofServers, ofRealms }: Sum): Promise<void> {
    const [serverRows, realmRows] = [ofServers.sorted(), ofRealms.sorted()];
    if (servers.size + realms.size + serverRows.length + realmRows.length === 0) return;
    const values = [
      this.clock.now(),
      arrayLiteral([...servers].sort(byId)),
      arrayLiteral([...realms].sort(byId)),
      ...[column(serverRows, ({ id }) => id), ...counts(serverRows)],
      ...[column(realmRows, (row) => row.serverId), column(realmRows, ({ id }) => id), ...counts(realmRows)],
    ];
    try {
      await this.pool.query('settle-notifications', SETTLE, values);
    } catch (error) {
      this.seenServers.forget(servers);
      this.seenRealms.forget(realms);
      throw error;
    }
  }
}

/** What one statement commits. */
interface Sum {
  /** Who was seen. */
  readonly servers: Set<string>;
  readonly realms: Set<string>;
  readonly ofServers: Totals;
  readonly ofRealms: Totals;
}

function counts(rows: readonly Total[]): string[] {
  const days = new Map<number, string>();
  const day = ({ end }: Total) => {
    const text = days.get(end.getTime()) ?? end.toISOString();
    days.set(end.getTime(), text);
    return text;
  };
  return [column(rows, ({ property }) => property), column(rows, day), column(rows, ({ value }) => value)];
}
