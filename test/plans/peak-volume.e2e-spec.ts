import { DataSource } from 'typeorm';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { PeakVolumeReadModel } from '../../src/operators/peak-volume/peak-volume.read-model.js';
import { anInstallationCount, upload } from '../analytics/uploads.js';
import { type TestServerRow, TestService } from '../support/service.js';

let service: TestService;
let peaks: PeakVolumeReadModel;
let auth: TestServerRow;
beforeAll(async () => {
  service = await TestService.start();
  peaks = new PeakVolumeReadModel(service.app.get(DataSource), service.clock);
});
afterAll(() => service.stop());
beforeEach(async () => {
  auth = await service.addServer();
});

const HOUR = 3_600;

/** A statistic of so many days before now, one hour later, so that none lies at the edge of a window whatever the time of day. */
function count(property: string, daysAgo: number, value: number, subgroup: string | null = null) {
  const end_time = service.clock.seconds() - daysAgo * 24 * HOUR + HOUR;
  return anInstallationCount({ property, subgroup, value, end_time });
}

async function uploaded(installation_counts: object[]) {
  const answer = await upload(service, auth, { installation_counts });
  expect(answer.status, answer.text).toBe(200);
}

const days = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i);
const active = (daysAgo: number) => count('active_users_audit:is_bot:day', daysAgo, 3, 'false');
const messages = (daysAgo: number, value: number, kind = 'private_message') =>
  count('messages_sent:message_type:day', daysAgo, value, kind);

it('I1: is not known without statistics', async () => {
  expect(await peaks.of(auth.id)).toBeNull();
  await uploaded([messages(5, 10), active(1)]);
  expect(await peaks.of(auth.id)).toBeNull();
});

it('I2: is nothing where people were counted and no messages', async () => {
  await uploaded([active(4)]);
  expect(await peaks.of(auth.id)).toBe(0);
});

it('I3: is that of the busiest of three months, whatever was before', async () => {
  await uploaded([
    active(4),
    ...days(91, 120).map((ago) => messages(ago, 100)),
    ...days(61, 90).map((ago) => messages(ago, 20)),
    ...days(31, 60).map((ago) => messages(ago, 30)),
    ...days(1, 30).map((ago) => messages(ago, 10)),
  ]);
  expect(await peaks.of(auth.id)).toBe(900);
});

it('adds up all kinds of messages of the server, and of no other', async () => {
  const mine = auth;
  await uploaded([active(4), messages(3, 7), messages(3, 5, 'public_stream'), messages(2, 1)]);
  auth = await service.addServer();
  await uploaded([active(4), messages(3, 1_000)]);
  expect(await peaks.of(mine.id)).toBe(13);
});
