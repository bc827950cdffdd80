import { parseArgs } from 'node:util';
import { Cleanup } from './parts/cleanup.js';
import { startDatabase } from './parts/database.js';
import { notifyFor } from './parts/measure.js';
import { Part } from './parts/part.js';
import type { Population } from './parts/population.js';
import { memoryOf } from './parts/processes.js';
import { progress, report } from './parts/report.js';
import { inTurn, median, ratio } from './parts/rounds.js';
import { seedDevices, seedServers } from './parts/seed.js';
import { startService } from './parts/service.js';
import { startSurroundings } from './parts/surroundings.js';

const WARM_UP_SECONDS = 10;

/** One worker against two, on one database, asked in turn. */
export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rounds: { type: 'string', default: '5' },
      seconds: { type: 'string', default: '5' },
      'in-flight': { type: 'string', default: '64' },
      users: { type: 'string', default: '200000' },
      servers: { type: 'string', default: '100' },
    },
  });
  const population: Population = { users: Number(values.users), servers: Number(values.servers) };
  const pace = { seconds: Number(values.seconds), inFlight: Number(values['in-flight']) };
  const cleanup = new Cleanup();
  await cleanup.after(async () => {
    const surroundings = await startSurroundings(cleanup);
    const database = await startDatabase(surroundings.directory, cleanup);
    progress(`seeding ${population.users} devices on ${population.servers} servers`);
    await seedServers(database.pool, population);
    await seedDevices(database.pool, population);
    const start = (workers: string) => startService(surroundings, database.url, cleanup, [], { WORKERS: workers });
    const services = { one: await start('1'), two: await start('2') };
    const load = Part.start(new URL('parts/load.js', import.meta.url));
    cleanup.add(() => load.stop());
    const turns = (more: object = {}) => ({
      one: () => notifyFor(services.one, load, population, { ...pace, ...more }),
      two: () => notifyFor(services.two, load, population, { ...pace, ...more }),
    });
    progress('warming up');
    await inTurn(1, turns({ seconds: WARM_UP_SECONDS }));
    progress(`${values.rounds} rounds of ${pace.seconds} s for each, ${pace.inFlight} in flight`);
    const results = await inTurn(Number(values.rounds), turns());
    const rates = (side: 'one' | 'two') => results[side].map(({ perSecond }) => perSecond);
    const each = (figure: (side: 'one' | 'two') => number) => [figure('one'), figure('two')];
    report(
      'workers',
      ['1 worker', '2 workers'],
      [
        { what: 'notifications/s', figures: each((side) => median(rates(side))) },
        {
          what: 'CPU of all its processes, µs each',
          figures: each((side) => median(results[side].map(({ cpuMicros }) => cpuMicros))),
        },
        { what: 'p99, ms', figures: each((side) => median(results[side].map(({ p99 }) => p99))) },
        { what: 'memory of all its processes, MB', figures: each((side) => memoryOf(services[side].pid)) },
      ],
      [{ what: 'notifications/s, 2 workers to 1', value: ratio(rates('two'), rates('one')) }],
    );
  });
}
