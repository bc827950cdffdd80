import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Clock } from '../../common/clock.js';

const DAY = 86_400_000;
/** How far a window reaches, and how many of them there are. */
const WINDOW_DAYS = 30;
const WINDOWS = 3;
/** Statistics that reach back less than this say nothing about a server yet. */
const LEAST_DAYS = 3;

const PEAK = `
  SELECT server.id,
    EXISTS (
      SELECT FROM remote_installation_counts
      WHERE server_id = server.id AND property = 'active_users_audit:is_bot:day' AND end_time <= $2
    ) AS known,
    (
      SELECT max(volume) FROM (
        SELECT COALESCE(sum(count.value), 0) AS volume
        FROM unnest($3::timestamptz[], $4::timestamptz[]) AS span (starts, ends)
        LEFT JOIN remote_installation_counts count
          ON count.server_id = server.id AND count.property = 'messages_sent:message_type:day'
          AND count.end_time > span.starts AND count.end_time <= span.ends
        GROUP BY span.ends
      ) windows
    )::double precision AS peak
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
