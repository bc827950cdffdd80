import { createPrivateKey } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { SystemClock } from '../../src/common/clock.js';
import { ProviderToken } from '../../src/push/apns/provider-token.js';
import { MemoryTokenStore } from '../../src/push/apns/provider-token-store.js';
import type { BareOrder } from './notify/bare-service.js';
import { Cleanup } from './parts/cleanup.js';
import { CpuMeter } from './parts/cpu.js';
import { type BenchDatabase, startDatabase } from './parts/database.js';
import type { LoadOrder, LoadResult } from './parts/load.js';
import { Part } from './parts/part.js';
import { credentials, type Population } from './parts/population.js';
import { progress, report } from './parts/report.js';
import { inTurn, median, ratio } from './parts/rounds.js';
import { seedDevices, seedServers } from './parts/seed.js';
import { startService } from './parts/service.js';
import { APNS_IDS, type Surroundings, startSurroundings } from './parts/surroundings.js';

/** One of the two that are compared. */
interface Side {
  readonly port: number;
  readonly pid: number;
}

/** Processor time in microseconds per notification. */
interface Costs {
  readonly own: number;
  readonly database: number;
}

/** The service has more code to be compiled than the bare pipeline: before that it is not itself. */
const WARM_UP_SECONDS = 8;
/** Connections for a fixed rate: enough that a slow moment delays answers and not requests. */
const OPEN_CONNECTIONS = 512;

/**
 * The whole service, from a notification's arrival to its answer, against the bare pipeline of `notify/bare-service.ts` on the same
 * database and the same far end.
 */
export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rounds: { type: 'string', default: '5' },
      seconds: { type: 'string', default: '5' },
      'in-flight': { type: 'string', default: '64' },
      users: { type: 'string', default: '200000' },
      servers: { type: 'string', default: '100' },
      /** Options for the service's Node, separated by spaces. */
      node: { type: 'string', default: '' },
      /** Writes CPU profiles of both sides into this directory. */
      profile: { type: 'string' },
    },
  });
  const population: Population = { users: Number(values.users), servers: Number(values.servers) };
  const profiling = values.profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${values.profile}`];
  const cleanup = new Cleanup();
  await cleanup.after(async () => {
    const surroundings = await startSurroundings(cleanup);
    const database = await startDatabase(surroundings.directory, cleanup);
    progress(`seeding ${population.users} devices on ${population.servers} servers`);
    await seedServers(database.pool, population);
    await seedDevices(database.pool, population);
    const nodeOptions = values.node.split(' ').filter((option) => option !== '');
    const service = await startService(surroundings, database.url, cleanup, [...nodeOptions, ...profiling]);
    const bare = await startBare(surroundings, database, population, cleanup, profiling);
    const load = Part.start(new URL('parts/load.js', import.meta.url));
    cleanup.add(() => load.stop());
    await compare(
      { service, bare },
      { load, database, population, rounds: Number(values.rounds) },
      { seconds: Number(values.seconds), inFlight: Number(values['in-flight']) },
    );
  });
}

async function startBare(
  surroundings: Surroundings,
  database: BenchDatabase,
  population: Population,
  cleanup: Cleanup,
  execArgv: readonly string[],
): Promise<Side> {
  const key = createPrivateKey(await readFile(surroundings.apnsKeyFile));
  const token = new ProviderToken({ key, ...APNS_IDS }, new SystemClock(), new MemoryTokenStore());
  const order: BareOrder = {
    databaseUrl: database.url,
    pushOrigin: `https://localhost:${surroundings.port}`,
    ca: surroundings.caPem,
    providerToken: await token.get(),
    servers: Object.fromEntries(
      Array.from({ length: population.servers }, (_, server) => [credentials(server), String(server)]),
    ),
  };
  const part = Part.start(new URL('notify/bare-service.js', import.meta.url), execArgv);
  cleanup.add(() => part.stop());
  return { port: await part.call<number>('start', order), pid: part.pid };
}

interface Arena {
  readonly load: Part;
  readonly database: BenchDatabase;
  readonly population: Population;
  readonly rounds: number;
}

async function compare(
  sides: { readonly service: Side; readonly bare: Side },
  arena: Arena,
  pace: { readonly seconds: number; readonly inFlight: number },
): Promise<void> {
  const { service, bare } = sides;
  const turn = (side: Side, more: Partial<LoadOrder> = {}) => measure(side, arena, { ...pace, ...more });
  progress('warming up');
  for (const side of [service, bare]) await turn(side, { seconds: WARM_UP_SECONDS });
  progress(`${arena.rounds} rounds of ${pace.seconds} s for each side, ${pace.inFlight} in flight`);
  const full = await inTurn(arena.rounds, { service: () => turn(service), bare: () => turn(bare) });
  const rates = {
    service: full.service.map(({ result }) => result.perSecond),
    bare: full.bare.map(({ result }) => result.perSecond),
  };
  progress('the same at half of each side’s own rate');
  const atHalf = (side: Side, full: readonly number[]) => () =>
    turn(side, { rate: median(full) / 2, inFlight: OPEN_CONNECTIONS });
  const half = await inTurn(arena.rounds, {
    service: atHalf(service, rates.service),
    bare: atHalf(bare, rates.bare),
  });
  const p99 = {
    service: half.service.map(({ result }) => result.p99),
    bare: half.bare.map(({ result }) => result.p99),
  };
  const own = (side: 'service' | 'bare') => full[side].map(({ costs }) => costs.own);
  const line = (what: string, figure: (side: 'service' | 'bare') => number) => ({
    what,
    figures: [figure('service'), figure('bare')],
  });
  report(
    'notify',
    ['service', 'bare'],
    [
      line('notifications/s', (side) => median(rates[side])),
      line('CPU of the process, µs each', (side) => median(own(side))),
      line('CPU of the database, µs each', (side) => median(full[side].map(({ costs }) => costs.database))),
      line('p50 at half load, ms', (side) => median(half[side].map(({ result }) => result.p50))),
      line('p99 at half load, ms', (side) => median(p99[side])),
    ],
    [
      { what: 'notifications/s, service to bare', value: ratio(rates.service, rates.bare), least: 0.8 },
      { what: 'p99 at half load, service to bare', value: ratio(p99.service, p99.bare), most: 2 },
      { what: 'CPU of the process, service to bare', value: ratio(own('service'), own('bare')) },
    ],
  );
}

async function measure(
  side: Side,
  { load, database, population }: Arena,
  order: Pick<LoadOrder, 'seconds' | 'inFlight'> & Partial<LoadOrder>,
): Promise<{ result: LoadResult; costs: Costs }> {
  const own = new CpuMeter([side.pid]);
  const backends = new CpuMeter(await database.pids());
  const first = Math.floor(Math.random() * population.users);
  const result = await load.call<LoadResult>('run', {
    port: side.port,
    endpoint: 'notify',
    population,
    first,
    ...order,
  });
  if (Object.keys(result.failed).length > 0)
    throw new Error(`not every answer was 200: ${JSON.stringify(result.failed)}`);
  const each = (seconds: number) => (seconds * 1e6) / result.answered;
  return {
    result,
    costs: { own: each(own.seconds([side.pid])), database: each(backends.seconds(await database.pids())) },
  };
}
