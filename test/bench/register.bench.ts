import { parseArgs } from 'node:util';
import { Cleanup } from './parts/cleanup.js';
import { type BenchDatabase, startDatabase } from './parts/database.js';
import type { LoadOrder, LoadResult } from './parts/load.js';
import { Part } from './parts/part.js';
import type { Population } from './parts/population.js';
import { progress, report } from './parts/report.js';
import { inTurn, median, ratio } from './parts/rounds.js';
import { seedDevices, seedServers } from './parts/seed.js';
import { startService } from './parts/service.js';
import { startSurroundings } from './parts/surroundings.js';

const WARM_UP_SECONDS = 8;
/** More than a round can register; every round begins with users that nobody has registered yet. */
const USERS_PER_ROUND = 1_000_000;

/** `push/register` through the whole service against rows inserted one by one into the same table by bare `pg`. */
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
    const service = await startService(surroundings, database.url, cleanup);
    const load = Part.start(new URL('parts/load.js', import.meta.url));
    cleanup.add(() => load.stop());
    const bare = Part.start(new URL('register/bare-inserts.js', import.meta.url));
    cleanup.add(() => bare.stop());
    await bare.call('start', { databaseUrl: database.url });
    const sides = { service: serviceSide(load, service.port, population), bare: bareSide(bare, population) };
    await compare(sides, database, Number(values.rounds), pace);
  });
}

/** Registers users from number `first` on; answers how many. */
type Side = (first: number, pace: Pace) => Promise<{ readonly rows: number; readonly perSecond: number }>;
type Pace = Pick<LoadOrder, 'seconds' | 'inFlight'>;

function serviceSide(load: Part, port: number, population: Population): Side {
  return async (first, pace) => {
    const order: LoadOrder = { port, endpoint: 'register', population, first, ...pace };
    const { answered, perSecond, failed } = await load.call<LoadResult>('run', order);
    if (Object.keys(failed).length > 0) throw new Error(`not every answer was 200: ${JSON.stringify(failed)}`);
    return { rows: answered, perSecond };
  };
}

function bareSide(bare: Part, population: Population): Side {
  return (first, pace) => bare.call('run', { population, first, ...pace });
}

async function compare(
  sides: { readonly service: Side; readonly bare: Side },
  database: BenchDatabase,
  rounds: number,
  pace: Pace,
): Promise<void> {
  let next = USERS_PER_ROUND;
  const turn = async (side: Side, more: Partial<Pace> = {}) => {
    const before = await countDevices(database);
    const result = await side(next, { ...pace, ...more });
    next += USERS_PER_ROUND;
    const stored = (await countDevices(database)) - before;
    if (stored !== result.rows)
      throw new Error(`${result.rows} registrations were answered, but ${stored} rows are there`);
    return result.perSecond;
  };
  progress('warming up');
  for (const side of [sides.service, sides.bare]) await turn(side, { seconds: WARM_UP_SECONDS });
  progress(`${rounds} rounds of ${pace.seconds} s for each side, ${pace.inFlight} in flight`);
  const rates = await inTurn(rounds, { service: () => turn(sides.service), bare: () => turn(sides.bare) });
  report(
    'register',
    ['service', 'bare'],
    [{ what: 'registrations/s', figures: [median(rates.service), median(rates.bare)] }],
    [{ what: 'registrations/s, service to bare', value: ratio(rates.service, rates.bare) }],
  );
}

async function countDevices(database: BenchDatabase): Promise<number> {
  const { rows } = await database.pool.query<{ count: number }>('SELECT count(*)::int AS count FROM devices');
  return rows[0]?.count ?? 0;
}
