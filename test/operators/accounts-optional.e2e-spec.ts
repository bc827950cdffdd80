import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { TestService } from '../support/service.js';
import { codeOf, enrolled, invite, OperatorBrowser, PASSWORD, recoveryCodesIn, secretIn } from './operator-browser.js';

const ROTATED = 'another secret for tests only that is long enough to be taken for one';
const SECRET = 'a secret for tests only that is long enough to be taken for one';

let service: TestService;
let people = 0;

beforeAll(async () => {
  service = await TestService.start({ env: { OPERATOR_SECOND_FACTOR: 'optional' } });
});
afterAll(() => service.stop());
// Tries are counted for a quarter of an hour; and a code shall not run out between its making and its use.
beforeEach(() => service.clock.set(new Date((Math.ceil(service.clock.millis() / 30_000) + 120) * 30_000)));

const someone = () => `someone${++people}@example.org`;
const account = '/operator/account/';

async function logIn(email: string, password = PASSWORD) {
  const browser = new OperatorBrowser(service.origin);
  await browser.open('/login/');
  return { browser, answer: await browser.submit('/login/', { email, password }) };
}

describe('where the second factor is optional', () => {
  it('the link takes a password and nothing else, and so does the log-in', async () => {
    const email = someone();
    const browser = new OperatorBrowser(service.origin);
    const path = await invite(service, email);
    expect(secretIn(await browser.open(path))).toBe('');
    const done = await browser.submit(path, { password: PASSWORD });
    expect([done.status, done.location]).toEqual([303, '/activity/remote']);
    expect((await browser.open(account)).status).toBe(200);
    const { answer } = await logIn(email);
    expect([answer.status, answer.location]).toEqual([303, '/activity/remote']);
  });

  it('an operator sets one up on the account page, is asked for it from then on, and can remove it', async () => {
    const email = someone();
    const { browser } = await enrolled(service, email);
    const form = await browser.open('/operator/account/second-factor/');
    const secret = secretIn(form);
    const path = '/operator/account/second-factor/';
    const code = codeOf(secret, service);
    expect((await browser.submit(path, { current_password: 'a wrong password', code })).status).toBe(400);
    expect((await browser.submit(path, { current_password: PASSWORD, code: codeOf(secret, service, 5) })).status).toBe(400);
    const done = await browser.submit(path, { current_password: PASSWORD, code });
    expect([done.status, recoveryCodesIn(done).length]).toEqual([200, 10]);
    expect((await browser.open(account)).html).toContain('10 recovery codes left');

    service.clock.advance(60);
    const { browser: other, answer } = await logIn(email);
    expect(answer.location).toBe('/login/code/');
    await other.open('/login/code/');
    expect((await other.submit('/login/code/', { code: codeOf(secret, service) })).location).toBe('/activity/remote');

    await other.open(account);
    const removed = await other.submit('/operator/account/second-factor/remove/', { current_password: PASSWORD });
    expect([removed.status, removed.location]).toEqual([303, account]);
    expect((await other.open(account)).html).toContain('<dd>none</dd>');
    expect((await browser.open(account)).status).toBe(302);
    expect((await logIn(email)).answer.location).toBe('/activity/remote');
    expect(await service.rows('SELECT 1 FROM operator_recovery_codes c JOIN operators o ON o.id = c.operator_id WHERE email = $1', [email])).toEqual([]);
  });

  it('a new link replaces a second factor by none', async () => {
    const email = someone();
    const { browser } = await enrolled(service, email);
    const secret = secretIn(await browser.open('/operator/account/second-factor/'));
    await browser.submit('/operator/account/second-factor/', { current_password: PASSWORD, code: codeOf(secret, service) });
    expect((await logIn(email)).answer.location).toBe('/login/code/');
    const path = await invite(service, email);
    const fresh = new OperatorBrowser(service.origin);
    await fresh.open(path);
    await fresh.submit(path, { password: PASSWORD });
    expect((await logIn(email)).answer.location).toBe('/activity/remote');
  });
});

describe('the account page', () => {
  it('changes the password, ends the other sessions, and keeps this one for as long as it would have lasted', async () => {
    const email = someone();
    const { browser } = await enrolled(service, email);
    const { browser: other } = await logIn(email);
    service.clock.advance(4 * 3_600);
    await browser.open(account);
    const path = '/operator/account/password/';
    const password = 'a much better password';
    expect((await browser.submit(path, { current_password: 'a wrong password', password })).status).toBe(400);
    expect((await browser.submit(path, { current_password: PASSWORD, password: 'short' })).status).toBe(400);
    const before = browser.cookies.get('operator_session');
    const done = await browser.submit(path, { current_password: PASSWORD, password });
    expect([done.status, done.location]).toEqual([303, account]);
    expect(browser.cookies.get('operator_session')).not.toBe(before);
    expect((await browser.open(account)).html).toContain('Your password is changed.');
    expect((await other.open(account)).status).toBe(302);
    expect((await logIn(email)).answer.status).toBe(403);
    expect((await logIn(email, password)).answer.status).toBe(303);
    service.clock.advance(4 * 3_600);
    expect((await browser.open(account)).status).toBe(302);
  });

  it('makes new recovery codes, and those of before are good no more', async () => {
    const email = someone();
    const { browser } = await enrolled(service, email);
    const secret = secretIn(await browser.open('/operator/account/second-factor/'));
    const fields = { current_password: PASSWORD, code: codeOf(secret, service) };
    const [old = ''] = recoveryCodesIn(await browser.submit('/operator/account/second-factor/', fields));
    await browser.open(account);
    const refused = await browser.submit('/operator/account/recovery-codes/', { current_password: 'wrong' });
    expect([refused.status, recoveryCodesIn(refused)]).toEqual([400, []]);
    const renewed = await browser.submit('/operator/account/recovery-codes/', { current_password: PASSWORD });
    const [fresh = ''] = recoveryCodesIn(renewed);
    expect(recoveryCodesIn(renewed)).toHaveLength(10);
    const { browser: other } = await logIn(email);
    await other.open('/login/code/');
    expect((await other.submit('/login/code/', { code: old })).status).toBe(403);
    expect((await other.submit('/login/code/', { code: fresh })).status).toBe(303);
  });

  it('guards the password against who found the browser open', async () => {
    const { browser } = await enrolled(service, someone());
    await browser.open(account);
    const statuses = [];
    for (let i = 0; i < 11; i++) {
      const fields = { current_password: `guess number ${i}`, password: 'the password of a thief' };
      statuses.push((await browser.submit('/operator/account/password/', fields)).status);
    }
    expect(statuses).toEqual([...Array.from({ length: 10 }, () => 400), 429]);
  });
});

describe('on other settings, on the same database', () => {
  const again = (env: Record<string, string>) => TestService.start({ env: { DATABASE_URL: service.databaseUrl, ...env } });
  void again;

  it.todo('an operator without a second factor sets one up at the next log-in once it is required');
  void [ROTATED, SECRET];
});
