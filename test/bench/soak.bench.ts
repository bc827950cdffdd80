import { parseArgs } from 'node:util';
import { Cleanup } from './parts/cleanup.js';
import { startDatabase } from './parts/database.js';
import type { LoadResult } from './parts/load.js';
import { notifyFor } from './parts/measure.js';
import { Part } from './parts/part.js';
import type { Population } from './parts/population.js';
import { memoryOf } from './parts/processes.js';
import { progress, report } from './parts/report.js';
import { median } from './parts/rounds.js';
import { seedDevices, seedServers } from './parts/seed.js';
import { startService } from './parts/service.js';
import { startSurroundings } from './parts/surroundings.js';

const WARM_UP_SECONDS = 10;
/** How often the service is asked as fast as it goes, to know what its full load is. */
const FULL_ROUNDS = 3;
const OPEN_CONNECTIONS = 512;
const SAMPLE_MS = 1_000;
/** When the memory counts as settled: at minute two of ten. */
const SETTLED = 0.2;
/** Samples whose median is a moment's memory. */
const SAMPLES = 20;

/** The service under a steady load, a part of its full one, for as long as it takes memory to tell whether it grows. */
export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      minutes: { type: 'string', default: '10' },
      load: { type: 'string', default: '0.7' },
      users: { type: 'string', default: '200000' },
      servers: { type: 'string', default: '100' },
    },
  });
  const population: Population = { users: Number(values.users), servers: Number(values.servers) };
  const seconds = Number(values.minutes) * 60;
  const cleanup = new Cleanup();
  await cleanup.after(async () => {
    const surroundings = await startSurroundings(cleanup);
    const database = await startDatabase(surroundings.directory, cleanup);
    progress(`seeding ${population.users} devices on ${population.servers} servers`);
    await seedServers(database.pool, population);
    await seedDevices(database.pool, population);
    const service = await startService(surroundings, database.url, cleanup);
    const load = Part.start(new URL('parts/load.js', import.meta.url));
    cleanup.add(() => load.stop());
    progress('warming up, and finding out what full load is');
    const full = (time: number) => notifyFor(service, load, population, { seconds: time, inFlight: 64 });
    await full(WARM_UP_SECONDS);
    const rates: number[] = [];
    for (let round = 0; round < FULL_ROUNDS; round++) rates.push((await full(5)).perSecond);
    const rate = median(rates) * Number(values.load);
    progress(`${values.minutes} minutes at ${Math.round(rate)} notifications a second`);
    const memory: number[] = [];
    const sampler = setInterval(() => memory.push(memoryOf(service.pid)), SAMPLE_MS);
    const first = Math.floor(Math.random() * population.users);
    const order = {
      port: service.port,
      endpoint: 'notify',
      population,
      first,
      seconds,
      rate,
      inFlight: OPEN_CONNECTIONS,
    };
    const result = await load.call<LoadResult>('run', order).finally(() => clearInterval(sampler));
    show(rate, seconds, result, memory);
  });
}

function show(rate: number, seconds: number, result: LoadResult, memory: readonly number[]): void {
  const at = (end: number) => median(memory.slice(Math.max(0, end - SAMPLES), end));
  const [settled, last] = [at(Math.floor(memory.length * SETTLED)), at(memory.length)];
  if (Object.keys(result.failed).length > 0) progress(`answers other than 200: ${JSON.stringify(result.failed)}`);
  const failed = Object.values(result.failed).reduce((sum, count) => sum + count, 0);
  report(
    'soak',
    ['service'],
    [
      { what: 'seconds', figures: [seconds] },
      { what: 'notifications/s asked', figures: [rate] },
      { what: 'notifications/s answered', figures: [result.perSecond] },
      { what: 'notifications answered 200', figures: [result.answered] },
      { what: 'p50, ms', figures: [result.p50] },
      { what: 'p99, ms', figures: [result.p99] },
      { what: 'memory after a fifth of the time, MB', figures: [settled] },
      { what: 'memory at the end, MB', figures: [last] },
      { what: 'most memory, MB', figures: [Math.max(...memory)] },
    ],
    [
      { what: 'answers other than 200', value: failed, most: 0 },
      { what: 'memory, at the end to after a fifth of the time', value: last / settled, most: 1.1 },
    ],
  );
}
