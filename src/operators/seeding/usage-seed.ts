import type { DataSource } from 'typeorm';
import type { Clock } from '../../common/clock.js';
import { monthAfter } from '../../registration/counts/count-months.js';
import { COUNT_TABLES, CountPartitions } from '../../registration/counts/count-partitions.js';
import { DailyTotals } from '../totals/daily-totals.js';
import { UsageFigures } from '../usage/usage-figures.js';
import { BACK_DATED_TOTALS, COUNT_STEPS, DEVICES, PEOPLE_STEPS } from './usage-seed-sql.js';

/** How much is made. */
export interface SeedSizes {
  readonly servers: number;
  readonly realms: number;
  readonly devices: number;
  /** Days of counts, up to today. */
  readonly days: number;
}

const DAY_MILLIS = 86_400_000;
const DEVICES_AT_ONCE = 100_000;

/** How many servers there are: somebody's data are not to be mixed with made-up ones. */
export async function countServers(database: DataSource): Promise<number> {
  const [row] = await database.query<{ servers: number }[]>('SELECT count(*)::integer AS servers FROM remote_servers');
  return row?.servers ?? 0;
}

/**
 * Fills the database with made-up servers, organizations, devices, counts, customers and plans, for measuring pages and for trying them:
 * as many as are asked for, the same ones each time, by statements that each make many rows. Few servers have most of the devices, as
 * it is. What they are called ends in `.seed.example`.
 *
 * @param progress hears in words what is being made
 */
export async function seedUsage(
  database: DataSource,
  clock: Clock,
  { servers, realms, devices, days }: SeedSizes,
  progress: (text: string) => void,
): Promise<void> {
  const now = clock.now();
  const [last] = await database.query<{ server: string; realm: string }[]>(
    `SELECT (SELECT COALESCE(max(id), 0) FROM remote_servers) AS server, (SELECT COALESCE(max(id), 0) FROM remote_realms) AS realm`,
  );
  // Rows are numbered from here, so that what belongs together finds itself by its number.
  const base = [last?.server ?? '0', last?.realm ?? '0'];
  const [housed, size] = [Math.max(1, Math.floor(servers * 0.95)), { servers, realms }];
  for (const { what, sql } of PEOPLE_STEPS) {
    progress(what);
    await database.query(sql, [...base, size.servers, size.realms, housed, now]);
  }
  for (let first = 0; first < devices; first += DEVICES_AT_ONCE) {
    progress(`devices from ${first} on`);
    const count = Math.min(DEVICES_AT_ONCE, devices - first);
    await database.query(DEVICES, [...base, size.servers, size.realms, housed, now, first, first + count - 1]);
  }
  await makePartitions(database, now, days);
  for (let ago = days - 1; ago >= 0; ago--) {
    if (ago % 10 === 0) progress(`counts, ${ago} days left`);
    const end = new Date((Math.floor(now.getTime() / DAY_MILLIS) - ago + 1) * DAY_MILLIS);
    for (const sql of COUNT_STEPS) await database.query(sql, [...base, size.servers, size.realms, housed, end]);
  }
  progress('statistics of the database');
  await database.query('VACUUM ANALYZE');
  progress('figures for the pages');
  await new UsageFigures(database, clock).refreshAll();
  await new DailyTotals(database, clock).roll();
  await database.query(BACK_DATED_TOTALS, [days, now]);
  await database.query('VACUUM ANALYZE usage_figures, daily_totals');
}

async function makePartitions(database: DataSource, now: Date, days: number): Promise<void> {
  const partitions = new CountPartitions(database);
  for (const table of COUNT_TABLES) {
    for (let ago = Math.ceil(days / 28) + 1; ago >= -1; ago--) await partitions.make(table, monthAfter(now, -ago));
  }
}
