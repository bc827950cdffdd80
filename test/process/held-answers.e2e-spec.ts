import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { DatabaseLine } from './database-line.js';
import { registerPhones, Surroundings } from './surroundings.js';

/** How often a Zulip server sends a notification again before it gives it up; it does not pause between. */
const REPEATS = 3;

let around: Surroundings;
let database: TestDatabase;
let line: DatabaseLine;
beforeAll(async () => {
  around = await Surroundings.create();
  database = await createTestDatabase();
  line = new DatabaseLine(database.url);
  await line.mend();
});
afterAll(async () => {
  await around.remove();
  line.cut();
  await database.drop();
});

describe('a database that is away for some seconds', () => {
  it('costs no Zulip server a notification: its repeats last until the database is back', async () => {
    const service = await around.startOn(line.url, { RETRY_LATER_HOLD_SECONDS: '2' });
    const auth = await registerPhones(service, database.url, { apple: 'c0ffee', android: 'android' });
    line.cut();
    const send = async () => {
      const statuses = [];
      while (statuses.length <= REPEATS && statuses.at(-1) !== 200) {
        const json = { user_id: 10, apns_payload: { alert: 'hi' }, gcm_payload: { event: 'x' } };
        statuses.push((await service.call('push/notify', { auth, json })).status);
      }
      return statuses;
    };
    const sent = Promise.all(Array.from({ length: 10 }, send));
    await sleep(3_000);
    await line.mend();
    for (const statuses of await sent) {
      expect(statuses[0]).toBe(503);
      expect(statuses.at(-1)).toBe(200);
    }
    expect([around.apns.delivered, around.fcm.delivered]).toEqual([10, 10]);
  });
});
