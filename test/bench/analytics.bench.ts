import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { ROWS, uploadBody } from './analytics/upload-rows.js';
import { Cleanup } from './parts/cleanup.js';
import { startDatabase } from './parts/database.js';
import { Part } from './parts/part.js';
import { credentials } from './parts/population.js';
import { progress, report } from './parts/report.js';
import { inTurn, median, ratio } from './parts/rounds.js';
import { seedServers } from './parts/seed.js';
import { type BenchService, startService } from './parts/service.js';
import { startSurroundings } from './parts/surroundings.js';

const HEAP_MEGABYTES = 512;

/** A full upload of each of so many servers at once. */
const CROWD = 64;

interface Delays {
  readonly max: number;
  readonly p99: number;
}

/**
 * Full uploads (three lists of 10,000 rows) through the whole service against the same rows stored by bare `pg`; how long the event loop
 * is held up by one; and a crowd of them, in a heap of 512 MB throughout.
 */
export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: { rounds: { type: 'string', default: '5' }, crowd: { type: 'string', default: String(CROWD) } },
  });
  const [rounds, crowd] = [Number(values.rounds), Number(values.crowd)];
  const cleanup = new Cleanup();
  await cleanup.after(async () => {
    const surroundings = await startSurroundings(cleanup);
    const database = await startDatabase(surroundings.directory, cleanup);
    let server = 0;
    await seedServers(database.pool, { servers: 2 * rounds + 2 + crowd, users: 0 });
    const delayFile = join(surroundings.directory, 'delays.json');
    const probe = new URL(`analytics/delay-probe.js?file=${encodeURIComponent(delayFile)}`, import.meta.url).href;
    const execArgv = [`--max-old-space-size=${HEAP_MEGABYTES}`, '--import', probe];
    const service = await startService(surroundings, database.url, cleanup, execArgv);
    const bare = Part.start(new URL('analytics/bare-inserts.js', import.meta.url));
    cleanup.add(() => bare.stop());
    await bare.call('start', { databaseUrl: database.url });
    const sides = {
      service: async () => {
        const body = uploadBody(server);
        const begun = performance.now();
        const status = await upload(service, server++, body);
        if (status !== 200) throw new Error(`an upload was answered ${status}`);
        return (3 * ROWS * 1_000) / (performance.now() - begun);
      },
      bare: () => bare.call<number>('run', { server: server++ }),
    };
    progress('warming up');
    await sides.service();
    await sides.bare();
    await delays(service, delayFile);
    progress(`${rounds} uploads for each side, one at a time`);
    const rates = await inTurn(rounds, sides);
    const held = await delays(service, delayFile);
    progress(`${crowd} servers at once`);
    const crowded = await uploadTogether(service, server, crowd);
    const heldByCrowd = await delays(service, delayFile);
    const { rows } = await database.pool.query<{ count: number }>(
      'SELECT count(*)::int AS count FROM remote_realm_counts',
    );
    const expected = ROWS * (2 * rounds + 2 + crowd);
    if (rows[0]?.count !== expected) throw new Error(`${rows[0]?.count} rows are there instead of ${expected}`);
    report(
      'analytics',
      ['service', 'bare'],
      [
        { what: 'rows/s', figures: [median(rates.service), median(rates.bare)] },
        { what: 'event loop held up, ms at most', figures: [held.max, undefined] },
        { what: `rows/s, ${crowd} servers at once`, figures: [crowded.perSecond, undefined] },
        { what: 'told to come again (503)', figures: [crowded.turnedAway, undefined] },
        { what: 'event loop held up by the crowd, ms at most', figures: [heldByCrowd.max, undefined] },
      ],
      [
        { what: 'rows/s, service to bare', value: ratio(rates.service, rates.bare) },
        { what: 'event loop held up, ms at most', value: held.max, most: 100 },
      ],
    );
  });
}

async function upload({ port }: BenchService, server: number, body: string): Promise<number> {
  const response = await fetch(`http://127.0.0.1:${port}/api/v1/remotes/server/analytics`, {
    method: 'POST',
    headers: { authorization: credentials(server), 'content-type': 'application/x-www-form-urlencoded' },
    body,
  });
  await response.arrayBuffer();
  return response.status;
}

/** Every server uploads, and comes again where it is told to. */
async function uploadTogether(service: BenchService, first: number, count: number) {
  let turnedAway = 0;
  const begun = performance.now();
  const one = async (server: number) => {
    const body = uploadBody(server);
    for (;;) {
      const status = await upload(service, server, body);
      if (status === 200) return;
      if (status !== 503) throw new Error(`an upload was answered ${status}`);
      turnedAway++;
      await sleep(1_000);
    }
  };
  await Promise.all(Array.from({ length: count }, (_, i) => one(first + i)));
  return { turnedAway, perSecond: (3 * ROWS * count * 1_000) / (performance.now() - begun) };
}

/** How long the service's event loop was held up since this was last asked. */
async function delays({ pid }: BenchService, file: string): Promise<Delays> {
  await rm(file, { force: true });
  process.kill(pid, 'SIGUSR2');
  for (;;) {
    try {
      return JSON.parse(await readFile(file, 'utf8')) as Delays;
    } catch {
      await sleep(50);
    }
  }
}
