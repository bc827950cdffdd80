import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { SmtpStandIn } from '../../src/sandbox/smtp/smtp-stand-in.js';
import { anEvent, aRealm, upload } from '../analytics/uploads.js';
import { type TestServerRow, TestService } from '../support/service.js';

const smtp = new SmtpStandIn();
let service: TestService;
let auth: TestServerRow;
beforeAll(async () => {
  await smtp.start();
  service = await TestService.start({
    env: {
      SMTP_URL: `smtp://127.0.0.1:${smtp.port}`,
      BILLING_EMAIL: 'billing@bouncer.test',
      OPERATOR_URL: 'https://operators.bouncer.test',
    },
  });
});
afterAll(async () => {
  await service.stop();
  await smtp.stop();
});
beforeEach(async () => {
  smtp.mails.length = 0;
  auth = await service.addServer();
});

async function uploaded(realms: object[], status = 200, parameters: object = {}) {
  const answer = await upload(service, auth, { realms, ...parameters });
  expect(answer.status, answer.text).toBe(status);
}

/** A realm that its server has reported, with this plan type. */
async function known(planType: number, row: object = {}) {
  const realm = aRealm(row);
  await uploaded([realm]);
  await service.rows('UPDATE remote_realms SET plan_type = $2 WHERE uuid = $1', [realm.uuid, planType]);
  return realm;
}

/** Subjects of the mails that the outbox holds or that have left. */
async function subjects(): Promise<string[]> {
  await expect.poll(() => service.rows('SELECT 1 FROM mail_outbox'), { timeout: 30_000 }).toEqual([]);
  return smtp.mails.map(({ subject }) => subject);
}

it('C14, C15: one mail tells of an organization that pays and is missing, and no other while it stays away', async () => {
  const realm = await known(104, { name: 'Globe & Sons' });
  await uploaded([]);
  await uploaded([]);
  expect(await subjects()).toEqual(['Globe & Sons on paid plan marked as locally deleted']);
  const [mail] = smtp.mails;
  expect(mail?.to).toEqual(['billing@bouncer.test']);
  const url = `https://operators.bouncer.test/activity/remote/support?q=${realm.uuid}`;
  expect(mail?.text).toContain('Internal billing notice for Globe & Sons.');
  expect(mail?.text).toContain(`Support URL: ${url}`);
  expect(mail?.text).toContain('(Business)');
});

it('one that comes and goes makes one mail a day', async () => {
  const realm = await known(103);
  for (let i = 0; i < 3; i++) {
    await uploaded([]);
    await uploaded([realm]);
  }
  expect(await subjects()).toHaveLength(1);
  service.clock.advance(25 * 3_600);
  await uploaded([]);
  expect(await subjects()).toHaveLength(2);
});

it.each([100, 101, 102])('one of plan type %i, which does not pay, makes none', async (planType) => {
  await known(planType);
  await uploaded([]);
  expect(await subjects()).toEqual([]);
});

it('K4: an upload that is refused makes none', async () => {
  await known(104);
  const odd = anEvent({ extra_data: '{malformedjson:' });
  await uploaded([], 400, { realmauditlog_rows: [odd] });
  expect(await subjects()).toEqual([]);
});
