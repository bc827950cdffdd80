import { answerCalls } from '../parts/answer-calls.js';
import type { Contestant, ContestantOrder } from './contestant.js';

/** Who sends. */
export type ContestantName =
  | 'apns ours'
  | 'apns raw'
  | 'apns node-apn'
  | 'fcm ours'
  | 'fcm raw'
  | 'fcm sendEach(1)'
  | 'fcm sendEach(3)';

/** What came of a round: pushes a second, and processor time per push in microseconds. */
export interface DeliveryResult {
  readonly perSecond: number;
  readonly cpuMicros: number;
}

/** Each contestant loads its own packages only: what one of them changes must not touch another. */
const CONTESTANTS: Readonly<Record<ContestantName, (order: ContestantOrder) => Promise<Contestant>>> = {
  'apns ours': async (order) => (await import('./ours.js')).oursToApple(order),
  'apns raw': async (order) => (await import('./raw.js')).rawToApple(order),
  'apns node-apn': async (order) => (await import('./vendors.js')).nodeApn(order),
  'fcm ours': async (order) => (await import('./ours.js')).oursToGoogle(order),
  'fcm raw': async (order) => (await import('./raw.js')).rawToGoogle(order),
  'fcm sendEach(1)': async (order) => (await import('./vendors.js')).firebaseAdmin(order, 1),
  'fcm sendEach(3)': async (order) => (await import('./vendors.js')).firebaseAdmin(order, 3),
};

let contestant: Contestant;
let calls = 0;

async function start({ name, order }: { name: ContestantName; order: ContestantOrder }): Promise<void> {
  contestant = await CONTESTANTS[name](order);
  // The first push alone: a connection must have proved itself before it gets more than one.
  await contestant.send(calls++);
}

async function run({ seconds, inFlight }: { seconds: number; inFlight: number }): Promise<DeliveryResult> {
  const cpu = process.cpuUsage();
  const begun = performance.now();
  const endsAt = begun + seconds * 1000;
  let pushes = 0;
  const lane = async () => {
    while (performance.now() < endsAt) {
      await contestant.send(calls++);
      pushes += contestant.perCall;
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, Math.floor(inFlight / contestant.perCall)) }, lane));
  const used = process.cpuUsage(cpu);
  return {
    perSecond: (pushes * 1000) / (performance.now() - begun),
    cpuMicros: (used.user + used.system) / pushes,
  };
}

answerCalls({ start, run });
