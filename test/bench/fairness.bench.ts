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
import { median, quantile, ratio } from './parts/rounds.js';
import { seedDevices, seedServers } from './parts/seed.js';
import { startService } from './parts/service.js';
import { startSurroundings } from './parts/surroundings.js';

const WARM_UP_SECONDS = 10;
/** Requests a minute that each server may send: the default. */
const LIMIT = 1_000;
const OPEN_CONNECTIONS = 512;
/** So many that the greedy server finds one free, however many of its answers are held. */
const MANY_CONNECTIONS = 1_000;
/** Milliseconds for which a server is refused that has used up what it may send: a minute. */
const REFUSED = 60_000;
/** Milliseconds between the last request of the greedy server's allowance and the measured time, and at the other end of its minute. */
const SETTLE = 1_000;

/**
 * `alone`: no flood. `elsewhere`: the flood goes to a process of its own that only refuses, so it costs the others what its sender and
 * the kernel take of the machine. `beside`: it goes to the service.
 */
const SIDES = ['alone', 'elsewhere', 'beside'] as const;
type Side = (typeof SIDES)[number];
/** A turn of the others, and what came of the flood meanwhile. */
type FairTurn = Turn & { readonly flooded?: FloodResult };
/** The turns of a round. */
type Round = Readonly<Record<Side, readonly FairTurn[]>>;

/** Servers that send steadily, with and without one that sends many times what it may. */
export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      /** Each takes a minute, for which the greedy server is refused all it sends. */
      rounds: { type: 'string', default: '8' },
      /** Of each side in a round. */
      turns: { type: 'string', default: '3' },
      /** Of a turn. */
      seconds: { type: 'string', default: '5' },
      users: { type: 'string', default: '200000' },
      servers: { type: 'string', default: '101' },
      /** How many times its limit the greedy server sends. */
      times: { type: 'string', default: '50' },
      /** The greedy server's connections: Zulip servers have a worker or a few, each of which waits for its answer. */
      connections: { type: 'string', default: '32' },
      /** What all other servers send together, as a part of what the service can do. */
      load: { type: 'string', default: '0.25' },
    },
  });
  const population: Population = { users: Number(values.users), servers: Number(values.servers) };
  const seconds = Number(values.seconds);
  const [rounds, turns] = [Number(values.rounds), Number(values.turns)];
  if ((SIDES.length * turns * seconds + 8) * 1_000 > REFUSED) throw new Error('a round must fit into a minute');
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
      connections: Number(values.connections),
    };
    const flooding = (port: number, connections = order.connections) =>
      flood.call<FloodResult>('steadily', { ...order, port, connections });
    // What the others were asked for while warming up must not bring them near their limit.
    let freeAt = performance.now() + REFUSED;
    /** What the greedy server may send is sent, and that is over. */
    const used = async () => {
      await sleep(Math.max(0, freeAt - performance.now()));
      const counts = await flood.call<FloodResult>('untilRefused', order);
      freeAt = performance.now() + REFUSED + SETTLE;
      progress(`  the greedy server has sent ${counts[200] ?? 0}`);
      await sleep(SETTLE);
    };
    const flooded = async (port: number): Promise<FairTurn> => {
      const [turn, counts] = await Promise.all([others(), flooding(port)]);
      return { ...turn, flooded: counts };
    };
    const sides: Record<Side, () => Promise<FairTurn>> = {
      alone: others,
      elsewhere: () => flooded(refusingPort),
      beside: () => flooded(service.port),
    };
    const round = async (number: number): Promise<Round> => {
      const results: Record<Side, FairTurn[]> = { alone: [], elsewhere: [], beside: [] };
      await used();
      // Another one is the first each time.
      const first = number % SIDES.length;
      for (const side of Array.from({ length: turns }, () => [...SIDES.slice(first), ...SIDES.slice(0, first)]).flat())
        results[side].push(await sides[side]());
      return results;
    };
    progress(
      `${rounds} rounds of ${turns} turns of ${SIDES.length} times ${seconds} s; the flood has ${values.times} times the limit`,
    );
    const results: Round[] = [];
    for (let number = 0; number < rounds; number++) results.push(await round(number));
    progress('what a refusal costs, with nothing else to do');
    await used();
    const refusal = async (pid: number, port: number) => {
      const meter = new CpuMeter([pid]);
      const counts = await flooding(port, MANY_CONNECTIONS);
      return (meter.seconds([pid]) * 1e6) / (counts[429] ?? 0);
    };
    show(results, {
      elsewhere: await refusal(refusing.pid, refusingPort),
      beside: await refusal(service.pid, service.port),
    });
  });
}

function show(rounds: readonly Round[], refusal: Partial<Record<Side, number>>): void {
  const timesOf = (turns: readonly Turn[]) => turns.flatMap(({ times }) => times ?? []);
  /** Of a round: all its turns as one. */
  const each = (side: Side, share: number) => rounds.map((round) => quantile(timesOf(round[side]), share));
  const turns = (side: Side) => rounds.flatMap((round) => round[side]);
  const pooled = (side: Side) => quantile(timesOf(turns(side)), 0.99);
  const answers = (status: number) =>
    SIDES.map((side) => {
      const counts = turns(side).flatMap(({ flooded }) => (flooded ? [flooded[status] ?? 0] : []));
      return counts.length > 0 ? counts.reduce((sum, count) => sum + count) : undefined;
    });
  const p99 = (side: Side) => each(side, 0.99);
  report(
    'fairness',
    SIDES,
    [
      { what: 'p50 of the others, ms', figures: SIDES.map((side) => median(each(side, 0.5))) },
      { what: 'p99 of the others, ms, median of rounds', figures: SIDES.map((side) => median(p99(side))) },
      { what: 'p99 of the others, ms, all rounds as one', figures: SIDES.map(pooled) },
      {
        what: 'notifications/s of the others',
        figures: SIDES.map((side) => median(turns(side).map(({ perSecond }) => perSecond))),
      },
      { what: 'of the flood, while measured: accepted', figures: answers(200) },
      { what: 'of the flood, while measured: refused with 429', figures: answers(429) },
      { what: 'of the flood, while measured: refused with 503', figures: answers(503) },
      { what: 'of the flood, while measured: connections broke', figures: answers(0) },
      {
        what: 'CPU of the service for each of theirs, µs',
        figures: SIDES.map((side) => median(turns(side).map(({ cpuMicros }) => cpuMicros))),
      },
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
