import { request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { progress } from '../parts/report.js';
import { median } from '../parts/rounds.js';
import type { Dashboards } from './open-dashboards.js';
import type { Statement } from './statements.js';

/** What a page asks for: medians of the rounds. */
export interface PageCost {
  readonly path: string;
  readonly statements: number;
  /** Milliseconds of the statement that took longest. */
  readonly slowest: number;
  /** Milliseconds of the whole page. */
  readonly millis: number;
}

/** The CSV of everything. */
export interface CsvCost {
  readonly rows: number;
  readonly rowsPerSecond: number;
  /** How much larger the process was at its largest than before. */
  readonly megabytes: number;
}

export interface Measured {
  readonly pages: readonly PageCost[];
  readonly csv: CsvCost;
}

const MEGABYTE = 1_048_576;
const WARM_UP = 2;

/** The pages, with one server that has much and uploads statistics, and one that has little. */
const PATHS = [
  '/activity/',
  '/activity/?days=365',
  '/activity/remote',
  '/activity/remote?page=90',
  '/activity/remote?sort=arr&dir=desc',
  '/activity/remote?sort=host&dir=asc',
  '/activity/remote?plan=103&status=1',
  '/activity/remote?stale=1',
  '/activity/remote?over=1',
  '/activity/remote?q=org11',
  '/stats/remote/1/installation',
  '/stats/remote/1/realm/1',
  '/stats/remote/500/installation',
  '/activity/remote/support?q=chat1.seed.example',
  '/activity/remote/support?q=Organization 1',
  '/activity/remote/support?q=admin77@seed.example',
  '/activity/plan_ledger/1/',
  '/activity/service',
];

/** Opens every page so many times. A page that does not exist is left out, and said. */
export async function measurePages({ browser, statements }: Dashboards, rounds: number): Promise<PageCost[]> {
  const costs: PageCost[] = [];
  for (const path of PATHS) {
    const seen: { count: number; slowest: Statement; millis: number }[] = [];
    let status = 200;
    for (let round = -WARM_UP; round < rounds && status === 200; round++) {
      const since = performance.now();
      const asked = await statements.during(async () => {
        status = (await browser.open(encodeURI(path))).status;
      });
      const slowest = asked.reduce((a, b) => (b.millis > a.millis ? b : a), { text: '', millis: 0 });
      if (round >= 0) seen.push({ count: asked.length, slowest, millis: performance.now() - since });
    }
    if (status !== 200) {
      progress(`${path} answers ${status}: left out`);
      continue;
    }
    costs.push({
      path,
      statements: median(seen.map(({ count }) => count)),
      slowest: median(seen.map(({ slowest }) => slowest.millis)),
      millis: median(seen.map(({ millis }) => millis)),
    });
  }
  return costs;
}

/** Reads the CSV of everything and throws it away, watching the size of this process meanwhile. */
export async function measureCsv({ browser, origin }: Dashboards): Promise<CsvCost> {
  await download(browser.cookie('operator_session') ?? '', origin);
  await sleep(500);
  const before = process.memoryUsage().rss;
  let largest = before;
  const watch = setInterval(() => {
    largest = Math.max(largest, process.memoryUsage().rss);
  }, 5);
  const since = performance.now();
  const rows = await download(browser.cookie('operator_session') ?? '', origin);
  const seconds = (performance.now() - since) / 1_000;
  clearInterval(watch);
  return { rows, rowsPerSecond: rows / seconds, megabytes: (largest - before) / MEGABYTE };
}

function download(session: string, origin: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = { cookie: `operator_session=${session}`, accept: 'text/csv' };
    const call = request(`${origin}/activity/remote.csv`, { headers }, (answer) => {
      if (answer.statusCode !== 200) reject(new Error(`the CSV answers ${answer.statusCode}`));
      let lines = -1;
      answer.on('data', (part: Buffer) => {
        for (const byte of part) if (byte === 10) lines++;
      });
      answer.on('end', () => resolve(lines));
      answer.on('error', reject);
    });
    call.on('error', reject);
    call.end();
  });
}
