import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Clock } from '../../common/clock.js';

const DAY = 86_400_000;
/** How far a window reaches, and how many of them there are. */
const WINDOW_DAYS = 30;
const WINDOWS = 3;
/** Statistics that reach back less than this say nothing about a server yet. */
const LEAST_DAYS = 3;

// Counts are looked up in two ways because their indexes are in two parts, with and without subgroup.
const known = (condition: string) => `EXISTS (
  SELECT FROM remote_installation_counts
  WHERE server_id = server.id AND property = 'active_users_audit:is_bot:day' AND subgroup ${condition} AND end_time <= $2)`;
const volume = (condition: string) => `COALESCE((
  SELECT sum(value) FROM remote_installation_counts
  WHERE server_id = server.id AND property = 'messages_sent:message_type:day' AND subgroup ${condition}
    AND end_time > span.starts AND end_time <= span.ends), 0)`;

const PEAK = `
  SELECT server.id, ${known('IS NOT NULL')} OR ${known('IS NULL')} AS known,
    (SELECT max(${volume('IS NOT NULL')} + ${volume('IS NULL')})
     FROM unnest($3::timestamptz[], $4::timestamptz[]) AS span (starts, ends))::double precision AS peak
  FROM unnest($1::bigint[]) AS server (id)`;

/** How many messages a server sends at most in a month, for operators who judge what it needs. From the statistics it uploads. */
@Injectable()
export class PeakVolumeReadModel {
  constructor(
    @Inject(DataSource) private readonly database: DataSource,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  /** Messages in the busiest of the last three spans of 30 days; null where the server uploads no statistics. */
  async of(serverId: string): Promise<number | null> {
    return (await this.ofServers([serverId])).get(serverId) ?? null;
  }

  /** The same of several servers, by their ids. One statement. */
  async ofServers(serverIds: readonly string[]): Promise<ReadonlyMap<string, number | null>> {
    const daysAgo = (days: number) => new Date(this.clock.millis() - days * DAY);
    const windows = Array.from({ length: WINDOWS }, (_, i) => i * WINDOW_DAYS);
    const rows = await this.database.query<{ id: string; known: boolean; peak: number }[]>(PEAK, [
      serverIds,
      daysAgo(LEAST_DAYS),
      windows.map((days) => daysAgo(days + WINDOW_DAYS)),
      windows.map((days) => daysAgo(days)),
    ]);
    return new Map(rows.map(({ id, known, peak }) => [id, known ? peak : null]));
  }
}
