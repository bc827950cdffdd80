import { parseArgs } from 'node:util';
import type { SeedSizes } from '../../src/operators/seeding/usage-seed.js';
import { temporaryDirectory } from './dashboards/directory.js';
import { type Measured, measureCsv, measurePages, type PageCost } from './dashboards/measure.js';
import { openDashboards } from './dashboards/open-dashboards.js';
import { seed } from './dashboards/seed.js';
import { Cleanup } from './parts/cleanup.js';
import { startDatabase } from './parts/database.js';
import { progress, report, type Target } from './parts/report.js';

/** No page of the operators' may ask more of the database: statements, and milliseconds for the slowest one. */
const MOST_STATEMENTS = 20;
const MOST_MILLIS = 200;
/** What the CSV of everything may add to the memory of the process, in MB, however many rows it has. */
const MOST_CSV_MEGABYTES = 64;

/** The operators' pages against the size of the data: statements of each page, the slowest one, and the memory that the CSV takes. */
export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rounds: { type: 'string', default: '7' },
      servers: { type: 'string', default: '10000' },
      realms: { type: 'string', default: '12000' },
      devices: { type: 'string', default: '1000000' },
      days: { type: 'string', default: '90' },
      /** How many times smaller the first data are. */
      smaller: { type: 'string', default: '10' },
      /** URL of a database that `push-bouncer seed-usage` has filled, to be measured instead of the larger data. */
      database: { type: 'string' },
    },
  });
  const full = {
    servers: Number(values.servers),
    realms: Number(values.realms),
    devices: Number(values.devices),
    days: Number(values.days),
  };
  const part = (count: number) => Math.max(1, Math.round(count / Number(values.smaller)));
  const small = { ...full, servers: part(full.servers), realms: part(full.realms), devices: part(full.devices) };
  const results: Measured[] = [];
  for (const sizes of [small, full]) {
    const cleanup = new Cleanup();
    await cleanup.after(async () => {
      const directory = await temporaryDirectory(cleanup);
      const filled = sizes === full ? values.database : undefined;
      const url = filled ?? (await newDatabase(directory, sizes, cleanup));
      const dashboards = await openDashboards(url, directory, cleanup);
      progress('measuring');
      const pages = await measurePages(dashboards, Number(values.rounds));
      results.push({ pages, csv: await measureCsv(dashboards) });
    });
  }
  const [before, after] = results;
  if (!before || !after) throw new Error('nothing was measured');
  print(before, after);
}

async function newDatabase(directory: string, sizes: SeedSizes, cleanup: Cleanup): Promise<string> {
  const { url } = await startDatabase(directory, cleanup);
  const { servers, realms, devices, days } = sizes;
  progress(`seeding ${servers} servers, ${realms} organizations, ${devices} devices, ${days} days`);
  await seed(url, sizes);
  return url;
}

function print(small: Measured, full: Measured): void {
  const columns = [
    'statements',
    'slowest, ms',
    'page, ms',
    'statements, small',
    'slowest, ms, small',
    'page, ms, small',
  ];
  const before = new Map(small.pages.map((page) => [page.path, page]));
  const figures = (page: PageCost | undefined) => [page?.statements, page?.slowest, page?.millis];
  const lines = full.pages.map((page) => ({
    what: page.path,
    figures: [...figures(page), ...figures(before.get(page.path))],
  }));
  const most = (pick: (page: PageCost) => number) => Math.max(...full.pages.map(pick));
  const targets: Target[] = [
    { what: 'most statements of a page', value: most(({ statements }) => statements), most: MOST_STATEMENTS },
    { what: 'slowest statement of a page, ms', value: most(({ slowest }) => slowest), most: MOST_MILLIS },
    { what: `CSV of ${full.csv.rows} rows: memory it took, MB`, value: full.csv.megabytes, most: MOST_CSV_MEGABYTES },
    { what: `CSV of ${small.csv.rows} rows: memory it took, MB`, value: small.csv.megabytes },
    { what: 'CSV, rows/s', value: full.csv.rowsPerSecond },
  ];
  report('dashboards', columns, lines, targets);
}
