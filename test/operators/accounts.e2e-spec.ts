import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { OperatorRecords } from '../../src/operators/accounts/operator-records.js';
import { BrowserClient } from '../support/browser-client.js';
import { TestService } from '../support/service.js';
import { codeOf, enrolled, invite, PASSWORD, recoveryCodesIn, secretIn } from './operator-accounts.js';

let service: TestService;
let people = 0;

beforeAll(async () => {
  service = await TestService.start({ env: { TRUST_PROXY: '127.0.0.1' } });
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

describe('the link of the command line', () => {
  it('takes a password and a second factor, shows recovery codes once, and logs the operator in', async () => {
    const email = someone();
    const path = await invite(service, email);
    const browser = new BrowserClient(service.origin);
    const form = await browser.open(path);
    expect(form.status).toBe(200);
    expect(form.text).toContain(email);
    expect(form.text).toMatch(/<img src="data:image\/svg\+xml;base64,/);
    const secret = secretIn(form);
    expect(secret).toMatch(/^[A-Z2-7]{32}$/);
    expect(secretIn(await browser.open(path))).toBe(secret);

    const done = await browser.submit(path, { password: PASSWORD, code: codeOf(secret, service) });
    expect(done.status).toBe(200);
    expect(recoveryCodesIn(done)).toHaveLength(10);
    expect(new Set(recoveryCodesIn(done)).size).toBe(10);
    expect(done.text).toContain('href="/activity/remote"');
    expect((await browser.open(account)).text).toContain(email);
    expect(await events(email)).toEqual([
      'added',
      'link made',
      'password set by link',
      'second factor enrolled',
      'logged in',
    ]);
  });

  it('is good once, and only while it is the latest', async () => {
    const email = someone();
    const old = await invite(service, email);
    const path = await invite(service, email);
    const browser = new BrowserClient(service.origin);
    expect((await browser.open(old)).status).toBe(404);
    const secret = secretIn(await browser.open(path));
    const fields = { password: PASSWORD, code: codeOf(secret, service) };
    expect((await browser.submit(path, fields)).status).toBe(200);
    const other = new BrowserClient(service.origin);
    expect((await other.open(path)).status).toBe(404);
    await other.open('/login/');
    expect((await other.submit(path, fields)).status).toBe(404);
    expect((await other.open(account)).status).toBe(302);
  });

  it('can be used by one of two who use it at once', async () => {
    const path = await invite(service, someone());
    const browsers = [1, 2].map(() => new BrowserClient(service.origin));
    const answers = await Promise.all(
      browsers.map(async (browser) => {
        const code = codeOf(secretIn(await browser.open(path)), service);
        return await browser.submit(path, { password: PASSWORD, code });
      }),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 404]);
  });

  it('is good for 24 hours', async () => {
    const path = await invite(service, someone());
    const browser = new BrowserClient(service.origin);
    service.clock.advance(24 * 3_600 - 60);
    expect((await browser.open(path)).status).toBe(200);
    service.clock.advance(61);
    expect((await browser.open(path)).status).toBe(404);
  });

  it.each([
    ['a short password', 'elevenchars', 'at least 12 characters'],
    ['the e-mail address', undefined, 'must not be your e-mail address'],
    ['one character over and over', 'a'.repeat(20), 'one character over and over'],
    ['an endless password', 'abcdefgh'.repeat(200), 'at most 1000 characters'],
  ])('refuses %s and stays good', async (_what, password, sentence) => {
    const email = someone();
    const path = await invite(service, email);
    const browser = new BrowserClient(service.origin);
    const code = codeOf(secretIn(await browser.open(path)), service);
    const refused = await browser.submit(path, { password: password ?? email, code });
    expect(refused.status).toBe(400);
    expect(refused.text).toContain(sentence);
    expect((await browser.open(account)).status).toBe(302);
    expect((await browser.submit(path, { password: PASSWORD, code })).status).toBe(200);
  });

  it('refuses a wrong code, and one of another secret', async () => {
    const path = await invite(service, someone());
    const browser = new BrowserClient(service.origin);
    const secret = secretIn(await browser.open(path));
    const elsewhere = new BrowserClient(service.origin);
    const foreign = secretIn(await elsewhere.open(path));
    for (const code of ['', 'nonsense', codeOf(foreign, service), codeOf(secret, service, 3)]) {
      const refused = await browser.submit(path, { password: PASSWORD, code });
      expect([refused.status, secretIn(refused)]).toEqual([400, secret]);
    }
    expect((await browser.open(account)).status).toBe(302);
  });

  it('resets the password and the second factor of an operator, and ends the sessions', async () => {
    const email = someone();
    const { browser, secret } = await enrolled(service, email);
    const path = await invite(service, email);
    expect((await browser.open(account)).status).toBe(200);
    const fresh = new BrowserClient(service.origin);
    const another = secretIn(await fresh.open(path));
    expect(another).not.toBe(secret);
    await fresh.submit(path, { password: 'another password of mine', code: codeOf(another, service) });
    expect((await fresh.open(account)).status).toBe(200);
    expect((await browser.open(account)).status).toBe(302);
    expect((await logIn(new BrowserClient(service.origin), email)).status).toBe(403);
  });
});

describe('logging in', () => {
  it('takes the password and then a code, in a session of its own, and goes on where one wanted to go', async () => {
    const email = someone();
    const { secret } = await enrolled(service, email);
    service.clock.advance(90);
    const browser = new BrowserClient(service.origin);
    await browser.open('/login/?next=/activity/remote/support%3Fq%3Dx');
    const next = '/activity/remote/support?q=x';
    const password = await browser.submit('/login/', { email: ` ${email.toUpperCase()} `, password: PASSWORD, next });
    expect([password.status, password.location]).toEqual([303, '/login/code/']);
    const halfway = browser.cookie('operator_session');
    expect((await browser.open(account)).status).toBe(302);
    expect((await browser.open('/login/code/')).status).toBe(200);
    const code = await browser.submit('/login/code/', { code: codeOf(secret, service) });
    expect([code.status, code.location]).toEqual([303, next]);
    expect(browser.cookie('operator_session')).not.toBe(halfway);
    expect((await browser.open(account)).status).toBe(200);
    expect((await browser.open('/login/')).location).toBe('/activity/remote');
  });

  it('answers the same to an unknown address, a wrong password and a disabled operator', async () => {
    const [wrong, disabled] = [someone(), someone()];
    await enrolled(service, wrong);
    await enrolled(service, disabled);
    await service.app.get(OperatorRecords).disable(disabled);
    const answers = await Promise.all([
      logIn(new BrowserClient(service.origin), 'nobody@example.org'),
      logIn(new BrowserClient(service.origin), wrong, 'not the password'),
      logIn(new BrowserClient(service.origin), disabled),
    ]);
    const worded = answers.map(({ status, text: html, location }) => {
      const text = html.replaceAll(/value="[^"]*"|content="[^"]*"/g, '');
      return { status, location, text };
    });
    expect(worded[0]).toMatchObject({ status: 403, location: undefined });
    expect(worded[0]?.text).toContain('No operator has this e-mail address and password.');
    expect(worded[1]).toEqual(worded[0]);
    expect(worded[2]).toEqual(worded[0]);
  });

  it('takes a code within its step, the one before and the one after, and each once', async () => {
    const email = someone();
    const { secret } = await enrolled(service, email);
    const tryCode = async (code: string) => {
      const browser = new BrowserClient(service.origin);
      await logIn(browser, email);
      await browser.open('/login/code/');
      return (await browser.submit('/login/code/', { code })).status;
    };
    // The code that enrolled it is used up.
    expect(await tryCode(codeOf(secret, service))).toBe(403);
    service.clock.advance(300);
    expect(await tryCode(codeOf(secret, service, -2))).toBe(403);
    expect(await tryCode(codeOf(secret, service, 2))).toBe(403);
    const early = codeOf(secret, service, -1);
    const late = codeOf(secret, service, 1);
    expect(await tryCode(early)).toBe(303);
    expect(await tryCode(early)).toBe(403);
    expect(await tryCode(late)).toBe(303);
    // An earlier step than the latest is over.
    expect(await tryCode(codeOf(secret, service))).toBe(403);
  });

  it('accepts a code once, of two that come at once', async () => {
    const email = someone();
    const { secret } = await enrolled(service, email);
    service.clock.advance(120);
    const code = codeOf(secret, service);
    const browsers = [1, 2].map(() => new BrowserClient(service.origin));
    for (const browser of browsers) {
      await logIn(browser, email);
      await browser.open('/login/code/');
    }
    const answers = await Promise.all(browsers.map((browser) => browser.submit('/login/code/', { code })));
    expect(answers.map(({ status }) => status).sort()).toEqual([303, 403]);
  });

  it('takes a recovery code in place of a code, each once', async () => {
    const email = someone();
    const { recoveryCodes } = await enrolled(service, email);
    const [first = '', second = ''] = recoveryCodes;
    const tryCode = async (code: string) => {
      const browser = new BrowserClient(service.origin);
      await logIn(browser, email);
      await browser.open('/login/code/');
      return (await browser.submit('/login/code/', { code })).status;
    };
    expect(await tryCode(first)).toBe(303);
    expect(await tryCode(first)).toBe(403);
    expect(await tryCode(second.toUpperCase().replaceAll('-', ' '))).toBe(303);
    expect(await tryCode('aaaa-bbbb-cccc-dddd')).toBe(403);
    expect((await events(email)).filter((event) => event === 'recovery code used')).toHaveLength(2);
  });

  it('wants the code within ten minutes of the password', async () => {
    const email = someone();
    const { secret } = await enrolled(service, email);
    const browser = new BrowserClient(service.origin);
    await logIn(browser, email);
    await browser.open('/login/code/');
    service.clock.advance(601);
    const late = await browser.submit('/login/code/', { code: codeOf(secret, service) });
    expect([late.status, late.location]).toEqual([302, '/login/']);
    expect((await browser.open('/login/code/')).location).toBe('/login/');
  });

  it('answers 429 to too many tries for one operator, whatever the password, until a quarter of an hour is over', async () => {
    const email = someone();
    await enrolled(service, email);
    const browser = new BrowserClient(service.origin);
    await browser.open('/login/');
    const statuses = [];
    for (let i = 0; i < 11; i++) {
      statuses.push((await browser.submit('/login/', { email, password: 'a wrong password' })).status);
    }
    expect(statuses).toEqual([...Array.from({ length: 10 }, () => 403), 429]);
    await browser.open('/login/');
    const right = await browser.submit('/login/', { email, password: PASSWORD });
    expect([right.status, Number(right.headers['retry-after']) > 0]).toEqual([429, true]);
    service.clock.advance(15 * 60);
    await browser.open('/login/');
    expect((await browser.submit('/login/', { email, password: PASSWORD })).status).toBe(303);
  });

  it('answers 429 to too many tries from one address, whoever is tried', async () => {
    const browser = new BrowserClient(service.origin);
    await browser.open('/login/');
    const statuses = [];
    for (let i = 0; i < 41; i++) {
      statuses.push((await browser.submit('/login/', { email: `guess${i}@example.org`, password: 'a guess' })).status);
    }
    expect(statuses.indexOf(429)).toBe(40);
  });

  it('counts the addresses of one IPv6 network as one', async () => {
    const statusOf = async (address: string, i: number) => {
      const browser = new BrowserClient(service.origin, { headers: { 'x-forwarded-for': address } });
      await browser.open('/login/');
      return (await browser.submit('/login/', { email: `six${i}@example.org`, password: 'a guess' })).status;
    };
    const statuses = [];
    for (let i = 0; i < 41; i++) statuses.push(await statusOf(`2001:db8:1:2:${i.toString(16)}::1`, i));
    expect(statuses.indexOf(429)).toBe(40);
    expect(await statusOf('2001:db8:1:3::1', 41)).toBe(403);
  });

  it('answers 429 to too many codes', async () => {
    const email = someone();
    await enrolled(service, email);
    const browser = new BrowserClient(service.origin);
    await logIn(browser, email);
    await browser.open('/login/code/');
    const statuses = [];
    for (let i = 0; i < 11; i++) statuses.push((await browser.submit('/login/code/', { code: '000000' })).status);
    expect(statuses).toEqual([...Array.from({ length: 10 }, () => 403), 429]);
  });
});
