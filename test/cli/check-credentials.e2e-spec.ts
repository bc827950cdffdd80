import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { generate } from 'selfsigned';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import type { Settings } from '../../src/config/settings.js';
import { HotPool } from '../../src/database/hot-pool.js';
import { checkCredentials } from '../../src/push/credential-check/credential-check.js';
import { ApnsProvider } from '../../src/push/push-provider.js';
import { Authority, type CertificatePair } from '../../src/sandbox/transport/authority.js';
import { MovableClock } from '../support/movable-clock.js';
import { TestService } from '../support/service.js';
import { pushBouncer } from './command.js';

const APP = 'org.zulip.Zulip';
const DAY = 86_400_000;

let service: TestService;
beforeAll(async () => {
  service = await TestService.start();
});
afterAll(() => service.stop());
afterEach(() => {
  service.apns.reset();
  service.fcm.reset();
  service.apns.allowTopics(undefined);
});

type Providers = Pick<Settings, 'apns' | 'fcm'>;

/** What is found, by the stand-ins, with settings and a clock that may be wrong. */
async function found(more: Partial<Providers> = {}, aheadSeconds = 0): Promise<Record<string, string>> {
  const clock = new MovableClock();
  clock.advance(aheadSeconds);
  const { apns, fcm } = service.settings;
  const pool = service.app.get(HotPool);
  const findings = await checkCredentials({ settings: { apns, fcm, ...more }, clock, pool, appId: APP });
  return Object.fromEntries(findings.map(({ what, state, words }) => [what, `${state}: ${words}`]));
}

async function file(name: string, content: string): Promise<string> {
  const path = join(service.settings.database.dataDir, name);
  await writeFile(path, content);
  return path;
}

/** Settings with a client certificate in place of the key. */
async function withCertificate({ cert, key }: CertificatePair): Promise<Partial<Providers>> {
  const name = randomUUID();
  const certFile = await file(`${name}.pem`, cert);
  const certKeyFile = await file(`${name}.key`, key);
  return { apns: { origin: service.settings.apns.origin, certFile, certKeyFile } };
}

/** A certificate that nobody of Apple's has signed, and that ends in so many days. */
async function stranger(days: number): Promise<CertificatePair> {
  const at = (number: number) => new Date(Date.now() + number * DAY);
  const dates = { notBeforeDate: at(-400), notAfterDate: at(days) };
  const made = await generate([{ name: 'commonName', value: APP }], { keyType: 'ec', algorithm: 'sha256', ...dates });
  return { cert: made.cert, key: made.private };
}

describe('check-credentials', () => {
  it('works beside the running service, with its token for Apple, and no device hears of it', {
    timeout: 240_000,
  }, async () => {
    const { apns, fcm, database } = service.settings;
    const deadline = service.clock.millis() + 30_000;
    await service.app
      .get(ApnsProvider)
      .send([{ token: 'ab'.repeat(32), topic: APP, body: '{"aps":{}}' }], { deadline });
    const env = {
      DATABASE_URL: service.databaseUrl,
      SESSION_SECRET: 'a secret for tests only that is long enough to be taken for one',
      DATA_DIR: database.dataDir,
      APNS_KEY_FILE: apns.keyFile ?? '',
      APNS_KEY_ID: apns.keyId ?? '',
      APNS_TEAM_ID: apns.teamId ?? '',
      APNS_ORIGIN: apns.origin,
      FCM_CREDENTIALS_FILE: fcm.credentialsFile ?? '',
      FCM_ORIGIN: fcm.origin,
    };
    const nobody = { answer: { reason: 'BadDeviceToken' } };
    service.apns.script.next(nobody);
    const { code, stdout, stderr } = await pushBouncer('check-credentials', env);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^Apple\tok\ttakes messages for org\.zulip\.Zulip at https:\S+, by key \w{10}\.\n/);
    expect(stdout).toMatch(/\nGoogle\tok\ttakes messages, by key [0-9a-f]{40}\.\nClock\tok\tright \(\d+ s \w+\)\.\n$/);
    const [ours, theirs] = service.apns.received.map(({ headers }) => headers['authorization']);
    expect(theirs).toBe(ours);
    expect(service.fcm.delivered).toBe(0);

    service.apns.allowTopics(['com.example.other']);
    const refused = await pushBouncer('check-credentials', env);
    expect(refused).toMatchObject({ code: 1, stderr: 'push-bouncer: not in order: Apple\n' });
    expect(refused.stdout).toMatch(/^Apple\tFAILED\ttakes no message \(TopicDisallowed\)\. .*misspelt/);
    const none = await pushBouncer('check-credentials', {
      ...env,
      ...{ APNS_KEY_FILE: '', APNS_KEY_ID: '', APNS_TEAM_ID: '', FCM_CREDENTIALS_FILE: '' },
    });
    expect(none).toMatchObject({ code: 1, stderr: 'push-bouncer: there are no credentials to check\n' });
    const missing = await pushBouncer('check-credentials', { ...env, APNS_KEY_FILE: '/nowhere/key.p8' });
    expect(missing).toMatchObject({ code: 78, stdout: '' });
    expect(missing.stderr).toContain('APNS_KEY_FILE names a file that cannot be read (ENOENT)');
  });

  it('says that the key is wrong', async () => {
    const { apns } = service.settings;
    const { Apple, Google, Clock } = await found({ apns: { ...apns, keyId: 'WRONGKEYID' } });
    expect(Apple).toMatch(
      /^bad: takes no message \(InvalidProviderToken\)\. The key, APNS_KEY_ID or APNS_TEAM_ID is wrong/,
    );
    expect(Google).toMatch(/^good: /);
    expect(Clock).toMatch(/^good: /);
  });

  it('says that the service account is not known', async () => {
    const { fcm } = service.settings;
    const account = { ...service.fcm.createServiceAccount(), client_email: 'nobody@example.iam.gserviceaccount.com' };
    const credentialsFile = await file('stranger.json', JSON.stringify(account));
    const { Apple, Google } = await found({ fcm: { ...fcm, credentialsFile } });
    expect(Google).toMatch(/^bad: takes no message \(invalid_grant\)\. The key of the service account was deleted/);
    expect(Apple).toMatch(/^good: /);
  });

  it('says that the service account may not send', async () => {
    service.fcm.script.otherwise({
      answer: { rawBody: '{"error":{"code":403,"status":"PERMISSION_DENIED"}}', status: 403 },
    });
    expect((await found())['Google']).toMatch(/^bad: takes no message \(PERMISSION_DENIED\)\. .* may not send/);
  });

  it('says that a certificate has ended, will soon, or is not one of Apple’s', async () => {
    const ended = await found(await withCertificate(await stranger(-2)));
    expect(ended['Apple']).toMatch(/^bad: the client certificate ended on \d{4}-\d\d-\d\d\. .*APNS_KEY_FILE/);
    expect((await found(await withCertificate(await stranger(100))))['Apple']).toMatch(
      /^bad: .* not one for notifications/,
    );
    const good = await withCertificate(await Authority.restore(inject('authority')).createClientCertificate(APP));
    expect((await found(good))['Apple']).toMatch(/by client certificate\.$/);
    const soon = await found(good, (340 * DAY) / 1_000);
    expect(soon['Apple']).toMatch(
      /^good: .*, by client certificate\. The certificate ends on \d{4}-\d\d-\d\d: renew it\.$/,
    );
    service.apns.script.otherwise({ answer: { reason: 'BadCertificateEnvironment' } });
    expect((await found(good))['Apple']).toMatch(/^bad: .*APNS_SANDBOX/);
  });

  it('says that the clock is off, and what follows from it', async () => {
    const { apns } = service.settings;
    // Another key than the service's, whose token is in store already.
    const key = service.apns.createApnsKey();
    const own = { apns: { ...apns, keyId: key.keyId, teamId: key.teamId, keyFile: await file('own.p8', key.p8) } };
    const { Apple, Google, Clock } = await found(own, -7_200);
    expect(Apple).toMatch(/^bad: takes no message \(ExpiredProviderToken\)\. The clock of this machine is off/);
    expect(Google).toMatch(/^bad: takes no message \(invalid_grant\)\. .*clock of this machine is off/);
    expect(Clock).toMatch(/^bad: this machine is 7[12]\d\d s behind, .*NTP/);
    const onlyApple = await found({ ...own, fcm: { origin: service.settings.fcm.origin } }, 7_200);
    expect(onlyApple['Apple']).toMatch(
      /^bad: takes no message \(InvalidProviderToken\)\. .*clock of this machine is off/,
    );
    expect(onlyApple['Google']).toBe('unknown: there are no credentials (FCM_CREDENTIALS_FILE).');
    expect(onlyApple['Clock']).toMatch(/^bad: this machine is 7[12]\d\d s ahead/);
  });

  it('says that nobody can be reached', async () => {
    const { apns, fcm } = service.settings;
    const origin = 'https://127.0.0.1:9';
    const { Apple, Google } = await found({ apns: { ...apns, origin }, fcm: { ...fcm, origin } });
    expect(Apple).toMatch(/^bad: takes no message \(unreachable, ECONNREFUSED\)\. Nobody listens there/);
    expect(Google).toMatch(/^bad: takes no message \(unreachable, ECONNREFUSED\)\. Nobody listens there/);
  });
});
