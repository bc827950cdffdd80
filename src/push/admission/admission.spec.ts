import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AppError } from '../../common/errors.js';
import { parseSettings } from '../../config/settings.js';
import { Admission, type PushClass } from './admission.js';
import { classOfPayloads, classOfUrgency } from './push-class.js';

/** Half of it is 20; 30 is for what can wait, half of that 15. */
const LIMIT = 40;

let admission: Admission;
let letGo: () => void;
let held: Promise<void>;
beforeEach(() => {
  admission = new Admission(parseSettings({ PUSH_MAX_IN_FLIGHT: String(LIMIT) }));
  held = new Promise((resolve) => {
    letGo = resolve;
  });
});
afterEach(() => letGo());

/** Asks `count` times; how many were let in. They stay until the test ends. */
async function enter(server: string, count: number, kind: PushClass = 'alert'): Promise<number> {
  const before = admission.snapshot().inFlight;
  const asked = Array.from({ length: count }, () => admission.run(server, kind, () => held));
  const refused = asked.map((one) =>
    one.catch((error: unknown) => {
      if (!(error instanceof AppError) || error.errorName !== 'push.overload') throw error;
    }),
  );
  void Promise.all(refused);
  await Promise.resolve();
  return admission.snapshot().inFlight - before;
}

describe('room', () => {
  it('is for half of the limit where a single server asks', async () => {
    expect(await enter('1', 100)).toBe(20);
    expect(admission.snapshot()).toEqual({
      limit: LIMIT,
      inFlight: 20,
      servers: 1,
      shed: { alert: 80, removal: 0, test: 0 },
    });
  });

  it('is left for everybody else by a server that asks fifty times as often', async () => {
    expect(await enter('greedy', 50)).toBe(20);
    const others = Array.from({ length: 19 }, (_, i) => `other ${i}`);
    for (const other of others) expect(await enter(other, 1)).toBe(1);
    expect(await enter('greedy', 1)).toBe(0);
  });

  it('is shared out anew as servers come: who holds more than its share gets no more, who holds less does', async () => {
    await enter('a', 20);
    expect(await enter('b', 20)).toBe(14);
    expect(await enter('a', 1)).toBe(0);
    expect(await enter('c', 20)).toBe(6);
    expect(admission.snapshot().inFlight).toBe(LIMIT);
    expect(await enter('d', 1)).toBe(0);
  });

  it.each<PushClass>(['removal', 'test'])('ends earlier for a %s than for an alert', async (kind) => {
    for (const server of ['a', 'b', 'c', 'd', 'e', 'f']) await enter(server, 5);
    expect(await enter('g', 1, kind)).toBe(0);
    expect(await enter('g', 1)).toBe(1);
    expect(admission.snapshot().shed).toEqual({ alert: 0, removal: 0, test: 0, [kind]: 1 });
  });

  it('ends earlier for the removals of a server that is alone, too', async () => {
    expect(await enter('a', 100, 'removal')).toBe(15);
    expect(await enter('a', 100)).toBe(5);
  });

  it('is free again when the work ends, well or badly', async () => {
    await enter('a', 20);
    letGo();
    await held;
    await expect(admission.run('a', 'alert', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(admission.snapshot()).toMatchObject({ inFlight: 0, servers: 0 });
  });

  it('is refused with the time after which to come again', async () => {
    await enter('a', 20);
    await expect(admission.run('a', 'alert', () => held)).rejects.toMatchObject({
      status: 503,
      headers: { 'Retry-After': '5' },
    });
  });
});

describe('what can wait', () => {
  const zulip = (event: unknown) => ({ custom: { zulip: { event } } });
  it.each<[string, object, object, PushClass]>([
    ['a message for both kinds', { event: 'message' }, zulip('message'), 'alert'],
    ["a removal for Google's", { event: 'remove' }, {}, 'removal'],
    ["a removal for Apple's", {}, zulip('remove'), 'removal'],
    ['nothing at all', {}, {}, 'alert'],
    ['shapes that are none', { event: ['remove'] }, { custom: [{ zulip: 7 }] }, 'alert'],
  ])('is told from %s', (_name, gcm, apns, kind) => {
    expect(classOfPayloads({ ...gcm }, { ...apns })).toBe(kind);
  });

  const apple = (apns_priority: number) => ({ http_headers: { apns_priority } });
  it.each<[string, Parameters<typeof classOfUrgency>[0], PushClass]>([
    ['an urgent one among others', [apple(5), { fcm_priority: 'high' }], 'alert'],
    ["Apple's highest priority", [apple(10)], 'alert'],
    ['low priorities only', [apple(5), apple(1), { fcm_priority: 'normal' }], 'removal'],
  ])('is told from encrypted requests: %s', (_name, requests, kind) => {
    expect(classOfUrgency(requests)).toBe(kind);
  });
});
