import { parseArgs } from 'node:util';
import { Cleanup } from './parts/cleanup.js';
import { startDatabase } from './parts/database.js';
import { notifyFor, type Turn } from './parts/measure.js';
import { Part } from './parts/part.js';
import type { Population } from './parts/population.js';
import { memoryOf } from './parts/processes.js';
import { progress, report } from './parts/report.js';
import { inTurn, median, ratio } from './parts/rounds.js';
import { seedDevices, seedServers } from './parts/seed.js';
import { type BenchService, startService } from './parts/service.js';
import { startSurroundings } from './parts/surroundings.js';

const WARM_UP_SECONDS = 10;

/** One size: a service of its own on a database of its own. */
interface Size {
  readonly population: Population;
  readonly service: BenchService;
  /** Of devices and their indexes, megabytes. */
  readonly stored: number;
}

/** The same load on services that know ever more devices, all of them there at the same time and asked in turn. */
export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rounds: { type: 'string', default: '5' },
      seconds: { type: 'string', default: '5' },
      'in-flight': { type: 'string', default: '64' },
      users: { type: 'string', default: '10000,1000000,10000000' },
      servers: { type: 'string', default: '10000' },
    },
  });
  const pace = { seconds: Number(values.seconds), inFlight: Number(values['in-flight']) };
  const cleanup = new Cleanup();
  await cleanup.after(async () => {
    const surroundings = await startSurroundings(cleanup);
    // For building the indexes of ten million rows; what the service asks for needs none of it.
    const first = await startDatabase(surroundings.directory, cleanup, {
      maintenance_work_mem: '512MB',
      max_wal_size: '4GB',
    });
    const load = Part.start(new URL('parts/load.js', import.meta.url));
    cleanup.add(() => load.stop());
    const sizes: Record<string, Size> = {};
    for (const users of values.users.split(',').map(Number)) {
      const population = { users, servers: Math.min(Number(values.servers), users) };
      const database = await first.another(`users_${users}`);
      progress(`seeding ${users} devices on ${population.servers} servers`);
      await seedServers(database.pool, population);
      await seedDevices(database.pool, population);
      const { rows } = await database.pool.query<{ bytes: string }>(
        `SELECT pg_total_relation_size('devices') AS bytes`,
      );
      const service = await startService(surroundings, database.url, cleanup);
      sizes[users] = { population, service, stored: Number(rows[0]?.bytes) / 2 ** 20 };
    }
    const turns = (more: object = {}) =>
      Object.fromEntries(
        Object.entries(sizes).map(([name, { service, population }]) => [
          name,
          () => notifyFor(service, load, population, { ...pace, ...more }),
        ]),
      );
    progress('warming up');
    await inTurn(1, turns({ seconds: WARM_UP_SECONDS }));
    const begun = Object.values(sizes).map(({ service }) => memoryOf(service.pid));
    progress(`${values.rounds} rounds of ${pace.seconds} s for each size, ${pace.inFlight} in flight`);
    show(sizes, begun, await inTurn(Number(values.rounds), turns()));
  });
}

function show(
  sizes: Readonly<Record<string, Size>>,
  begun: readonly number[],
  results: Readonly<Record<string, readonly Turn[]>>,
): void {
  const names = Object.keys(sizes);
  const all = (name: string | undefined, figure: (turn: Turn) => number) => (results[name ?? ''] ?? []).map(figure);
  const medians = (figure: (turn: Turn) => number) => names.map((name) => median(all(name, figure)));
  const largestToSmallest = (figure: (turn: Turn) => number) => ratio(all(names.at(-1), figure), all(names[0], figure));
  report(
    'scale',
    names.map((name) => `${name} devices`),
    [
      { what: 'notifications/s', figures: medians(({ perSecond }) => perSecond) },
      { what: 'CPU of the process, µs each', figures: medians(({ cpuMicros }) => cpuMicros) },
      { what: 'p99, ms', figures: medians(({ p99 }) => p99) },
      { what: 'devices and indexes, MB', figures: names.map((name) => sizes[name]?.stored) },
      { what: 'memory after warming up, MB', figures: begun },
      { what: 'memory, MB', figures: medians(({ memory }) => memory) },
    ],
    [
      {
        what: 'notifications/s, largest to smallest',
        value: largestToSmallest(({ perSecond }) => perSecond),
        least: 0.9,
      },
      { what: 'memory, largest to smallest', value: largestToSmallest(({ memory }) => memory), most: 1.1 },
    ],
  );
}
