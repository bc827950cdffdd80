import { parseArgs } from 'node:util';
import type { ContestantOrder } from './delivery/contestant.js';
import type { ContestantName, DeliveryResult } from './delivery/sender.js';
import { Cleanup } from './parts/cleanup.js';
import { Part } from './parts/part.js';
import { progress, report } from './parts/report.js';
import { inTurn, median, ratio } from './parts/rounds.js';
import { APNS_IDS, FCM_PROJECT, startSurroundings } from './parts/surroundings.js';

const NAMES: readonly ContestantName[] = [
  'apns ours',
  'apns raw',
  'apns node-apn',
  'fcm ours',
  'fcm raw',
  'fcm sendEach(1)',
  'fcm sendEach(3)',
];
const WARM_UP_SECONDS = 3;

/** The providers alone against Node's bare HTTP/2 and against the packages of the field, each in a process of its own. */
export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rounds: { type: 'string', default: '5' },
      seconds: { type: 'string', default: '2' },
      'in-flight': { type: 'string', default: '64' },
    },
  });
  const rounds = Number(values.rounds);
  const pace = { seconds: Number(values.seconds), inFlight: Number(values['in-flight']) };
  const cleanup = new Cleanup();
  await cleanup.after(async () => {
    const { port, caPem, apnsKeyFile, fcmAccountFile } = await startSurroundings(cleanup);
    const order: ContestantOrder = {
      origin: `https://localhost:${port}`,
      ca: caPem,
      apnsKeyFile,
      apnsIds: APNS_IDS,
      fcmAccountFile,
      fcmProject: FCM_PROJECT,
    };
    const sides: Partial<Record<ContestantName, () => Promise<DeliveryResult>>> = {};
    progress('warming up');
    for (const name of NAMES) {
      const part = Part.start(new URL('delivery/sender.js', import.meta.url));
      cleanup.add(() => part.stop());
      await part.call('start', { name, order });
      await part.call('run', { ...pace, seconds: WARM_UP_SECONDS });
      sides[name] = () => part.call<DeliveryResult>('run', pace);
    }
    progress(`${rounds} rounds of ${pace.seconds} s for each of ${NAMES.length}, ${pace.inFlight} in flight`);
    show(await inTurn(rounds, sides as Record<ContestantName, () => Promise<DeliveryResult>>));
  });
}

function show(results: Readonly<Record<ContestantName, readonly DeliveryResult[]>>): void {
  const rates = (name: ContestantName) => results[name].map(({ perSecond }) => perSecond);
  const costs = (name: ContestantName) => results[name].map(({ cpuMicros }) => cpuMicros);
  const rate = (ours: ContestantName, theirs: ContestantName, least: number) => ({
    what: `pushes/s, ${ours} to ${theirs}`,
    value: ratio(rates(ours), rates(theirs)),
    least,
  });
  const cost = (theirs: ContestantName, ours: ContestantName, least?: number) => ({
    what: `CPU per push, ${theirs} to ${ours}`,
    value: ratio(costs(theirs), costs(ours)),
    ...(least === undefined ? {} : { least }),
  });
  report(
    'delivery',
    ['pushes/s', 'CPU µs each'],
    NAMES.map((name) => ({ what: name, figures: [median(rates(name)), median(costs(name))] })),
    [
      rate('apns ours', 'apns raw', 0.9),
      rate('fcm ours', 'fcm raw', 0.9),
      rate('apns ours', 'apns node-apn', 1),
      cost('apns ours', 'apns raw'),
      cost('apns node-apn', 'apns ours'),
      cost('fcm sendEach(1)', 'fcm ours', 8),
      cost('fcm sendEach(3)', 'fcm ours', 8),
    ],
  );
}
