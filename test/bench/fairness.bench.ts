import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { FloodOrder, FloodResult } from './fairness/flood.js';
import { Cleanup } from './parts/cleanup.js';
import { CpuMeter } from './parts/cpu.js';
import { startDatabase } from './parts/database.js';
import { notifyFor, type Turn } from './parts/measure.js';
import { Part } from './parts/part.js';
import type { Population } from './parts/population.js';
import { progress, report } from './parts/report.js';
import { inTurn, median, quantile, ratio } from './parts/rounds.js';
import { seedDevices, seedServers } from './parts/seed.js';
import { startService } from './parts/service.js';
import { startSurroundings } from './parts/surroundings.js';

const WARM_UP_SECONDS = 10;
/** Requests a minute that each server may send: the default. */
const LIMIT = 1_000;
const OPEN_CONNECTIONS = 512;
/** Milliseconds between the last request of the greedy server's allowance and the measured time. */
const SETTLE = 1_000;

/**
 * `alone`: no flood. `elsewhere`: the flood goes to a process of its own that only refuses, so it costs the others what its sender and
 * the kernel take of the machine. `beside`: it goes to the service.
 */
const SIDES = ['alone', 'elsewhere', 'beside'] as const;
type Side = (typeof SIDES)[number];
/** A turn of the others, and what came of the flood meanwhile. */
type FairTurn = Turn & { readonly flooded?: FloodResult };

/** Servers that send steadily, with and without one that sends many times what it may. */
export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rounds: { type: 'string', default: '7' },
      /** Of one side in one round; under a minute, or the greedy server is allowed another thousand within it. */
      seconds: { type: 'string', default: '20' },
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
  const rounds = Number(values.rounds);
  const cleanup = new Cleanup();
  await cleanup.after(async () => {
    const surroundings = await startSurroundings(cleanup);
    const database = await startDatabase(surroundings.directory, cleanup);
    progress(`seeding ${population.users} devices on ${population.servers} servers`);
    await seedServers(database.pool, population);
    await seedDevices(database.pool, population);
    const env = { RATE_LIMIT_PER_MINUTE: String(LIMIT) };
    const service = await startService(surroundings, database.url, cleanup, [], env);
    const start = (module: string) => {
      const part = Part.start(new URL(module, import.meta.url));
      cleanup.add(() => part.stop());
      return part;
    };
    const [load, flood, refusing] = [
      start('parts/load.js'),
      start('fairness/flood.js'),
      start('fairness/refusing-server.js'),
    ];
    const refusingPort = await refusing.call<number>('listen');
    progress('warming up, and finding out what the service can do');
    // Server number 0 sends too much; its neighbours are the others.
    const among = { first: 1, count: population.servers - 1 };
    const full = () => notifyFor(service, load, population, { among, seconds: WARM_UP_SECONDS, inFlight: 32 });
    // None of them comes near its own limit.
    const most = (among.count * LIMIT) / 60 / 2;
    const rate = Math.min((await full()).perSecond * Number(values.load), most);
    const others = () =>
      notifyFor(service, load, population, { among, rate, inFlight: OPEN_CONNECTIONS, seconds, everyTime: true });
    const order: FloodOrder = {
      port: service.port,
      population,
      perSecond: (LIMIT * Number(values.times)) / 60,
      seconds,
    };
    const flooding = (port: number) => flood.call<FloodResult>('steadily', { ...order, port });
    /** Every turn begins alike: what the greedy server may send is sent, and that is over. */
    const used = async () => {
      await flood.call('untilRefused', order);
      await sleep(SETTLE);
    };
    const flooded = async (port: number): Promise<FairTurn> => {
      const [turn, counts] = await Promise.all([others(), flooding(port)]);
      return { ...turn, flooded: counts };
    };
    const sides: Record<Side, () => Promise<FairTurn>> = {
      alone: () => used().then(others),
      elsewhere: () => used().then(() => flooded(refusingPort)),
      beside: () => used().then(() => flooded(service.port)),
    };
    await sides.beside();
    progress(`${rounds} rounds of ${SIDES.length} times ${seconds} s; the flood has ${values.times} times the limit`);
    const turns = await inTurn(rounds, sides);
    progress('what a refusal costs, with nothing else to do');
    const refusal = async (pid: number, port: number) => {
      await used();
      const meter = new CpuMeter([pid]);
      const counts = await flooding(port);
      return (meter.seconds([pid]) * 1e6) / (counts[429] ?? 0);
    };
    show(turns, {
      elsewhere: await refusal(refusing.pid, refusingPort),
      beside: await refusal(service.pid, service.port),
    });
  });
}

function show(turns: Readonly<Record<Side, readonly FairTurn[]>>, refusal: Partial<Record<Side, number>>): void {
  const p99 = (side: Side) => turns[side].map((turn) => turn.p99);
  const medians = (figure: (turn: Turn) => number) => SIDES.map((side) => median(turns[side].map(figure)));
  const pooled = (side: Side) =>
    quantile(
      turns[side].flatMap(({ times }) => times ?? []),
      0.99,
    );
  const answers = (status: number) =>
    SIDES.map((side) => {
      const counts = turns[side].flatMap(({ flooded }) => (flooded ? [flooded[status] ?? 0] : []));
      return counts.length > 0 ? counts.reduce((sum, count) => sum + count) : undefined;
    });
  report(
    'fairness',
    SIDES,
    [
      { what: 'p50 of the others, ms', figures: medians((turn) => turn.p50) },
      { what: 'p99 of the others, ms, median of rounds', figures: medians((turn) => turn.p99) },
      { what: 'p99 of the others, ms, all rounds as one', figures: SIDES.map(pooled) },
      { what: 'notifications/s of the others', figures: medians((turn) => turn.perSecond) },
      { what: 'of the flood, while measured: accepted', figures: answers(200) },
      { what: 'of the flood, while measured: refused with 429', figures: answers(429) },
      { what: 'of the flood, while measured: refused with 503', figures: answers(503) },
      { what: 'of the flood, while measured: connections broke', figures: answers(0) },
      { what: 'CPU of a refusal with 429, µs', figures: SIDES.map((side) => refusal[side]) },
    ],
    [
      {
        what: 'p99, beside to elsewhere: what the flood costs others for being refused here',
        value: ratio(p99('beside'), p99('elsewhere')),
        most: 1.2,
      },
      {
        what: 'p99, beside to alone: the same, and what its sender takes of the machine',
        value: ratio(p99('beside'), p99('alone')),
        most: 1.2,
      },
      {
        what: 'p99, elsewhere to alone: what the sender and a bare refusal take of the machine',
        value: ratio(p99('elsewhere'), p99('alone')),
      },
      { what: 'p99 of all rounds as one, beside to elsewhere', value: pooled('beside') / pooled('elsewhere') },
      { what: 'p99 of all rounds as one, beside to alone', value: pooled('beside') / pooled('alone') },
    ],
  );
}
