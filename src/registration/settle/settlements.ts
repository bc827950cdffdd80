import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../../common/clock.js';
import type { BatchSnapshot } from '../../common/turn-batcher.js';
import { TurnSum } from '../../common/turn-sum.js';
import { arrayLiteral, column } from '../../database/array-literal.js';
import { HotPool } from '../../database/hot-pool.js';
import { SeenTimes } from './seen-times.js';
import { byId, type Counted, type PushProperty, type TallyGroup, TallySheet } from './tally-sheet.js';

/** How many devices, and when: that decides the day. */
export interface Tally {
  readonly property: PushProperty;
  readonly value: number;
  readonly at: Date;
}

/** What a notification leaves behind: that its server and its realm were seen, and what was counted. */
export interface Settlement extends Counted {
  readonly tallies: readonly Tally[];
  /** What comes long after the request: the times of last requests do not move. */
  readonly late?: boolean;
}

const upsertActivity = (table: string, key: string, ids: string) => `
  INSERT INTO ${table} (${key}, last_request_at)
  SELECT id, $1::timestamptz FROM unnest(${ids}::bigint[]) AS id
  ON CONFLICT (${key}) DO UPDATE SET last_request_at = EXCLUDED.last_request_at
  WHERE ${table}.last_request_at < EXCLUDED.last_request_at`;

/** Parameters before those of the tallies in the statement that also moves times. */
const OF_TIMES = 3;
const TYPES = ['timestamptz', 'boolean', 'bigint[]', 'bigint[]', 'integer[]', 'integer[]'];

/** A statement for each number of rows, made once: nearly all have one. */
function forRows(text: (rows: number) => string): (rows: number) => string {
  const made = new Map<number, string>();
  return (rows) => {
    const known = made.get(rows) ?? text(rows);
    made.set(rows, known);
    return known;
  };
}

/** Adds so many rows, whose parameters begin behind the first `before`. */
const insertTallies = (rows: number, before: number) => `
  INSERT INTO push_tallies (end_time, realm_only, server_ids, realm_ids, received, forwarded)
  VALUES ${Array.from(
    { length: rows },
    (_, row) => `(${TYPES.map((type, i) => `$${before + row * TYPES.length + i + 1}::${type}`).join(', ')})`,
  ).join(', ')}`;

const count = forRows((rows) => insertTallies(rows, 0));

/** All in one statement is all in one commit, and one journey. */
const countAndSee = forRows(
  (rows) => `
  WITH realms AS (${upsertActivity('remote_realm_activity', 'realm_id', '$3')})${rows > 0 ? `, tallies AS (${insertTallies(rows, OF_TIMES)})` : ''}
  ${upsertActivity('remote_server_activity', 'server_id', '$2')}`,
);

/**
 * Commits what notifications leave behind. Those of the same moment share one statement, and what comes while it runs shares the
 * next. What they count waits in `push_tallies` until `PushTallies` adds it up: nothing that a notification writes is a row that others
 * write too, but for the times of last requests, which every node takes in the order of their ids, and which a process leaves alone that
 * wrote them within the last ten seconds. An increment of nothing writes no row.
 */
@Injectable()
export class Settlements {
  private readonly seenServers = new SeenTimes();
  private readonly seenRealms = new SeenTimes();
  private readonly sum = new TurnSum<Settlement, Sum>({
    start: () => ({ servers: new Set(), realms: new Set(), sheet: new TallySheet() }),
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

  private add(sum: Sum, settlement: Settlement): void {
    const { serverId, realmId, tallies, late } = settlement;
    if (late !== true) {
      const now = this.clock.millis();
      if (this.seenServers.due(serverId, now)) sum.servers.add(serverId);
      if (realmId !== undefined && this.seenRealms.due(realmId, now)) sum.realms.add(realmId);
    }
    if (settlement.realmOnly === true && realmId === undefined) return;
    for (const { property, value, at } of tallies) {
      if (value > 0) sum.sheet.add(settlement, property, value, at);
    }
  }

  private async write({ servers, realms, sheet: { groups } }: Sum): Promise<void> {
    const rows = groups.length;
    const tallies = groups.flatMap(toRow);
    if (servers.size + realms.size === 0) {
      if (rows > 0) await this.pool.query(`count-notifications-${rows}`, count(rows), tallies);
      return;
    }
    const times = [this.clock.now(), arrayLiteral([...servers].sort(byId)), arrayLiteral([...realms].sort(byId))];
    try {
      await this.pool.query(`settle-notifications-${rows}`, countAndSee(rows), [...times, ...tallies]);
    } catch (error) {
      this.seenServers.forget(servers);
      this.seenRealms.forget(realms);
      throw error;
    }
  }
}

function toRow({ end, realmOnly, entries }: TallyGroup): unknown[] {
  const list = [...entries.values()];
  return [
    new Date(end).toISOString(),
    realmOnly,
    column(list, ({ serverId }) => serverId),
    column(list, ({ realmId }) => realmId),
    column(list, ({ received }) => received),
    column(list, ({ forwarded }) => forwarded),
  ];
}

/** What one statement commits. */
interface Sum {
  /** Who was seen. */
  readonly servers: Set<string>;
  readonly realms: Set<string>;
  readonly sheet: TallySheet;
}
