import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { OperatorRecords } from '../../src/operators/accounts/operator-records.js';
import { BrowserClient } from '../support/browser-client.js';
import { TestService } from '../support/service.js';
import { codeOf, enrolled, invite, PASSWORD } from './operator-accounts.js';

let service: TestService;
let people = 0;

beforeAll(async () => {
  service = await TestService.start();
});
afterAll(() => service.stop());
// Tries are counted for a quarter of an hour; and a code shall not run out between its making and its use.
beforeEach(() => service.clock.set(new Date((Math.ceil(service.clock.millis() / 30_000) + 120) * 30_000)));

const someone = () => `someone${++people}@example.org`;
const account = '/operator/account/';
const logIn = (browser: BrowserClient, email: string, password = PASSWORD) =>
  browser.open('/login/').then(() => browser.submit('/login/', { email, password }));
const events = (email: string) =>
  service
    .rows<{ event_type: string }>(
      `SELECT event_type FROM operator_audit_log e JOIN operators o ON o.id = e.operator_id WHERE o.email = $1 ORDER BY e.id`,
      [email],
    )
    .then((rows) => rows.map((row) => row.event_type));

describe('a session', () => {
  it('is what every page asks for: who has none lands on the log-in page', async () => {
    const browser = new BrowserClient(service.origin);
    const answer = await browser.open('/operator/account/?x=1');
    expect([answer.status, answer.location]).toEqual([302, '/login/?next=%2Foperator%2Faccount%2F%3Fx%3D1']);
    const posted = await browser.submit('/operator/account/password/', { password: PASSWORD });
    expect([posted.status, posted.location]).toEqual([302, '/login/']);
    expect((await browser.open(account, { cookie: 'operator_session=nonsense.nonsense' })).status).toBe(302);
  });

  it('of the customers’ site is none here', async () => {
    const { browser } = await enrolled(service, someone());
    const customer = browser.at(service.origin);
    await service.db.query("UPDATE browser_sessions SET site = 'portal'");
    expect((await customer.open(account)).status).toBe(302);
    await service.db.query("UPDATE browser_sessions SET site = 'operator'");
    expect((await browser.open(account)).status).toBe(200);
  });

  it('lasts eight hours, however busy', async () => {
    const { browser } = await enrolled(service, someone());
    for (let hours = 0; hours < 7; hours++) {
      service.clock.advance(3_600);
      expect((await browser.open(account)).status).toBe(200);
    }
    service.clock.advance(3_600 - 60);
    expect((await browser.open(account)).status).toBe(200);
    service.clock.advance(61);
    expect((await browser.open(account)).status).toBe(302);
  });

  it('ends when the operator is disabled, together with the links, and the password is good again afterwards', async () => {
    const email = someone();
    const { browser } = await enrolled(service, email);
    const records = service.app.get(OperatorRecords);
    const path = await invite(service, email);
    expect(await records.disable(email)).toBe('changed');
    expect(await records.disable(email)).toBe('unchanged');
    expect(await records.invite(email)).toBeUndefined();
    expect((await browser.open(account)).status).toBe(302);
    expect((await browser.open(path)).status).toBe(404);
    expect(await records.enable(email)).toBe('changed');
    expect((await browser.open(account)).status).toBe(302);
    expect((await logIn(new BrowserClient(service.origin), email)).status).toBe(303);
    expect((await events(email)).slice(-3)).toEqual(['link made', 'disabled', 'enabled']);
  });

  it('ends with the log-out button, also for whoever kept the cookie', async () => {
    const { browser } = await enrolled(service, someone());
    expect((await browser.open(account)).text).toContain('action="/operator/logout/"');
    const kept = browser.at(service.origin);
    const out = await browser.submit('/operator/logout/', {});
    expect([out.status, out.location]).toEqual([303, '/login/']);
    expect((await browser.open(account)).status).toBe(302);
    expect((await kept.open(account)).status).toBe(302);
  });

  it('is not ended, and nothing is changed, by forms of others', async () => {
    const email = someone();
    const { browser } = await enrolled(service, email);
    await browser.open(account);
    const before = await service.rows('SELECT * FROM operators WHERE email = $1', [email]);
    for (const path of [
      '/operator/logout/',
      '/operator/account/password/',
      '/operator/account/second-factor/',
      '/operator/account/second-factor/remove/',
      '/operator/account/recovery-codes/',
    ]) {
      const fields = { current_password: PASSWORD, password: 'a password of a thief' };
      const foreign = await browser.submit(path, fields, { origin: 'https://elsewhere.example' });
      expect(foreign.status).toBe(403);
      await browser.open(account);
      expect((await browser.submit(path, { ...fields, csrf_token: 'guessed' })).status).toBe(403);
      await browser.open(account);
    }
    expect((await browser.open(account)).status).toBe(200);
    expect(await service.rows('SELECT * FROM operators WHERE email = $1', [email])).toEqual(before);
  });

  it('shows who may act and who may look', async () => {
    const { browser } = await enrolled(service, someone(), 'view');
    expect((await browser.open(account)).text).toContain('may look, not act');
    const acting = await enrolled(service, someone());
    expect((await acting.browser.open(account)).text).toContain('may look and act');
  });
});

describe('what is kept', () => {
  it('holds no password, secret, code or token in the clear', async () => {
    const email = someone();
    const path = await invite(service, email);
    const token = path.split('/')[3] ?? '';
    const pending = await service.rows('SELECT * FROM operator_links');
    const { secret, recoveryCodes } = await enrolled(service, someone());
    const tables = ['operators', 'operator_links', 'operator_recovery_codes', 'operator_audit_log', 'browser_sessions'];
    const dumps = await Promise.all(tables.map((table) => service.rows(`SELECT t::text AS line FROM ${table} t`)));
    const dump = JSON.stringify([dumps, pending]);
    const hex = (text: string) => Buffer.from(text).toString('hex');
    for (const plain of [
      PASSWORD,
      secret,
      token,
      ...recoveryCodes,
      ...recoveryCodes.map((c) => c.replaceAll('-', '')),
    ]) {
      expect(plain.length).toBeGreaterThan(15);
      expect(dump).not.toContain(plain);
      expect(dump).not.toContain(hex(plain));
    }
    expect(dump).toContain('$argon2id$v=19$m=19456,t=2,p=1$');
  });

  it('holds a secret that opens for its own operator only', async () => {
    const [thief, victim] = [someone(), someone()];
    const { secret } = await enrolled(service, thief);
    await enrolled(service, victim);
    await service.db.query(
      'UPDATE operators SET totp_secret = (SELECT totp_secret FROM operators WHERE email = $1), totp_last_step = NULL WHERE email = $2',
      [thief, victim],
    );
    const browser = new BrowserClient(service.origin);
    await logIn(browser, victim);
    await browser.open('/login/code/');
    expect((await browser.submit('/login/code/', { code: codeOf(secret, service) })).status).toBe(403);
  });
});
