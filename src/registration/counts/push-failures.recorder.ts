import { type BeforeApplicationShutdown, Inject, Injectable, Logger } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { InjectDataSource } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import { Clock } from '../../common/clock.js';
import { safeDescription } from '../../protocol/error-description.js';

/** What becomes of pushes that are not delivered. A try that is put off counts each time. */
export const PUSH_FAILURE_KINDS = ['token-gone', 'rejected', 'try-later', 'not-configured'] as const;

export type PushFailureKind = (typeof PUSH_FAILURE_KINDS)[number];

/** Whose pushes: a server's, of one of its realms where the request named one. */
export interface PushSubject {
  readonly serverId: string;
  readonly realmId?: string | undefined;
}

interface Row extends PushSubject {
  readonly day: string;
  readonly provider: string;
  readonly outcome: string;
  pushes: number;
}

const WRITE_EVERY_MS = 5_000;
/** More rows than this are not kept in memory while the database does not answer. */
const MOST_ROWS = 50_000;

const target = (key: string, condition: string) => `
  ON CONFLICT (${key}, day, provider, outcome) WHERE ${condition}
  DO UPDATE SET pushes = push_failures.pushes + EXCLUDED.pushes`;

// The servers are looked up: one may have been deleted since.
const ADD = `
  WITH row AS (
    SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::date[], $4::text[], $5::text[], $6::bigint[])
      AS row (server_id, realm_id, day, provider, outcome, pushes)
    WHERE EXISTS (SELECT FROM remote_servers s WHERE s.id = row.server_id)
      AND (realm_id IS NULL OR EXISTS (SELECT FROM remote_realms r WHERE r.id = row.realm_id))
  ), of_realms AS (
    INSERT INTO push_failures (server_id, realm_id, day, provider, outcome, pushes)
    SELECT * FROM row WHERE realm_id IS NOT NULL ORDER BY realm_id, day, provider, outcome
    ${target('realm_id', 'realm_id IS NOT NULL')}
  )
  INSERT INTO push_failures (server_id, realm_id, day, provider, outcome, pushes)
  SELECT * FROM row WHERE realm_id IS NULL ORDER BY server_id, day, provider, outcome
  ${target('server_id', 'realm_id IS NULL')}`;

/**
 * Counts pushes that were not delivered, by server, realm and UTC day, for people who look for the reason. Kept in memory and written
 * every few seconds: nobody is promised these figures, so no notification waits for them, and a crash loses the last ones.
 */
@Injectable()
export class PushFailures implements BeforeApplicationShutdown {
  private readonly logger = new Logger(PushFailures.name);
  private rows = new Map<string, Row>();
  private writing: Promise<void> | undefined;

  constructor(
    @InjectDataSource() private readonly database: DataSource,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  /** Notes what became of some messages; those that were delivered, or never sent, are passed over. */
  note(
    { serverId, realmId }: PushSubject,
    provider: 'apns' | 'fcm',
    outcomes: readonly ({ readonly kind: string } | undefined)[],
  ): void {
    for (const outcome of outcomes) {
      if (outcome === undefined || outcome.kind === 'delivered') continue;
      const day = this.clock.now().toISOString().slice(0, 10);
      const key = `${serverId} ${realmId ?? ''} ${day} ${provider} ${outcome.kind}`;
      const row = this.rows.get(key);
      if (row) row.pushes++;
      else if (this.rows.size < MOST_ROWS) {
        const subject = { serverId, ...(realmId ? { realmId } : {}) };
        this.rows.set(key, { ...subject, day, provider, outcome: outcome.kind, pushes: 1 });
      }
    }
  }

  /** Writes what was noted so far. Never throws; what could not be written is tried again the next time. */
  @Interval(WRITE_EVERY_MS)
  async flush(): Promise<void> {
    this.writing ??= this.write().finally(() => {
      this.writing = undefined;
    });
    await this.writing;
  }

  /** Removes what happened before the UTC day of an instant. */
  async removeOlder(than: Date): Promise<void> {
    await this.database.query('DELETE FROM push_failures WHERE day < $1', [than.toISOString().slice(0, 10)]);
  }

  async beforeApplicationShutdown(): Promise<void> {
    // One that is under way may have begun before the last notes.
    await this.flush();
    await this.flush();
  }

  private async write(): Promise<void> {
    const rows = [...this.rows.values()];
    if (rows.length === 0) return;
    this.rows = new Map();
    const column = <K extends keyof Row>(key: K) => rows.map((row) => row[key] ?? null);
    const columns = [
      ...[column('serverId'), column('realmId'), column('day')],
      ...[column('provider'), column('outcome'), column('pushes')],
    ];
    try {
      await this.database.query(ADD, columns);
    } catch (error) {
      this.logger.warn('pushes that failed could not be counted; trying again', { error: safeDescription(error) });
      for (const row of rows) this.keep(row);
    }
  }

  private keep(row: Row): void {
    const key = `${row.serverId} ${row.realmId ?? ''} ${row.day} ${row.provider} ${row.outcome}`;
    const newer = this.rows.get(key);
    if (newer) newer.pushes += row.pushes;
    else if (this.rows.size < MOST_ROWS) this.rows.set(key, row);
  }
}
