import { parseArgs } from 'node:util';
import { Cleanup } from './parts/cleanup.js';
import { CpuMeter } from './parts/cpu.js';
import { startDatabase } from './parts/database.js';
import type { LoadOrder, LoadResult } from './parts/load.js';
import { notifyFor, type Turn } from './parts/measure.js';
import { Part } from './parts/part.js';
import type { Population } from './parts/population.js';
import { progress, report } from './parts/report.js';
import { inTurn, median, ratio } from './parts/rounds.js';
import { seedDevices, seedServers } from './parts/seed.js';
import { startService } from './parts/service.js';
import { startSurroundings } from './parts/surroundings.js';

const WARM_UP_SECONDS = 10;
/** Requests a minute that each server may send: the default. */
const LIMIT = 1_000;
const OPEN_CONNECTIONS = 512;
/** Server number 0 sends too much; its neighbours are the others. */
const GREEDY = { first: 0, count: 1 };

type Name = 'alone' | 'beside';
/** A turn of the others, and what came of the flood beside it. */
type FairTurn = Turn & { readonly flooded?: LoadResult };

/** Servers that send steadily, alone and beside one that sends many times what it may. */
export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rounds: { type: 'string', default: '7' },
      seconds: { type: 'string', default: '6' },
      users: { type: 'string', default: '200000' },
      servers: { type: 'string', default: '101' },
      /** How many times its limit the greedy server sends. */
      times: { type: 'string', default: '50' },
      /** What all other servers send together, as a part of what the service can do. */
      load: { type: 'string', default: '0.25' },
    },
  });
  const population: Population = { users: Number(values.users), servers: Number(values.servers) };
  const seconds = Number(values.seconds);
  const cleanup = new Cleanup();
  await cleanup.after(async () => {
    const surroundings = await startSurroundings(cleanup);
    const database = await startDatabase(surroundings.directory, cleanup);
    progress(`seeding ${population.users} devices on ${population.servers} servers`);
    await seedServers(database.pool, population);
    await seedDevices(database.pool, population);
    const env = { RATE_LIMIT_PER_MINUTE: String(LIMIT) };
    const service = await startService(surroundings, database.url, cleanup, [], env);
    const [load, flood] = [0, 1].map(() => Part.start(new URL('parts/load.js', import.meta.url))) as [Part, Part];
    cleanup.add(() => Promise.all([load.stop(), flood.stop()]));
    progress('warming up, and finding out what the service can do');
    const among = { first: 1, count: population.servers - 1 };
    const full = () => notifyFor(service, load, population, { among, seconds: WARM_UP_SECONDS, inFlight: 32 });
    // None of them comes near its own limit.
    const most = (among.count * LIMIT) / 60 / 2;
    const rate = Math.min((await full()).perSecond * Number(values.load), most);
    const others = { among, rate, inFlight: OPEN_CONNECTIONS };
    const alone = () => notifyFor(service, load, population, { ...others, seconds });
    const greedy: LoadOrder = {
      port: service.port,
      endpoint: 'notify',
      population,
      first: 0,
      among: GREEDY,
      rate: (LIMIT * Number(values.times)) / 60,
      inFlight: OPEN_CONNECTIONS,
      seconds,
    };
    const beside = async () => {
      const [turn, flooded] = await Promise.all([alone(), flood.call<LoadResult>('run', greedy)]);
      return { ...turn, flooded };
    };
    await beside();
    progress(`${values.rounds} rounds of ${seconds} s alone and beside a server at ${values.times} times its limit`);
    const turns = await inTurn<Name, FairTurn>(Number(values.rounds), { alone, beside });
    const meter = new CpuMeter([service.pid]);
    const { failed } = await flood.call<LoadResult>('run', greedy);
    show(turns, (meter.seconds([service.pid]) * 1e6) / (failed[429] ?? 0));
  });
}

function show(turns: Readonly<Record<Name, readonly FairTurn[]>>, refusal: number): void {
  const figures = (figure: (turn: Turn) => number) => [
    median(turns.alone.map(figure)),
    median(turns.beside.map(figure)),
  ];
  const flooded = turns.beside.flatMap((turn) => turn.flooded ?? []);
  const sum = (count: (result: LoadResult) => number) => flooded.reduce((total, result) => total + count(result), 0);
  const p99 = (side: Name) => turns[side].map((turn) => turn.p99);
  report(
    'fairness',
    ['alone', 'beside'],
    [
      { what: 'p50 of the others, ms', figures: figures((turn) => turn.p50) },
      { what: 'p99 of the others, ms', figures: figures((turn) => turn.p99) },
      { what: 'notifications/s of the others', figures: figures((turn) => turn.perSecond) },
      { what: 'of the greedy one: taken', figures: [undefined, sum(({ answered }) => answered)] },
      { what: 'of the greedy one: refused with 429', figures: [undefined, sum(({ failed }) => failed[429] ?? 0)] },
      { what: 'of the greedy one: refused with 503', figures: [undefined, sum(({ failed }) => failed[503] ?? 0)] },
      { what: 'CPU of a refusal with 429, µs', figures: [undefined, refusal] },
    ],
    [{ what: 'p99 of the others, beside to alone', value: ratio(p99('beside'), p99('alone')), most: 1.2 }],
  );
}
