import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createApp } from '../../src/app.js';
import type { Settings } from '../../src/config/settings.js';
import { OperatorRecords } from '../../src/operators/accounts/operator-records.js';
import { BrowserClient } from '../support/browser-client.js';
import { TestService } from '../support/service.js';
import { codeOf, enrolled, invite, PASSWORD, recoveryCodesIn, secretIn } from './operator-accounts.js';

const ANOTHER_SECRET = 'another secret for tests only that is long enough to be taken for one';

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

async function logIn(email: string, password = PASSWORD, origin = service.origin) {
  const browser = new BrowserClient(origin);
  await browser.open('/login/');
  return { browser, answer: await browser.submit('/login/', { email, password }) };
}

describe('where the second factor is optional', () => {
  it('the link takes a password and nothing else, and so does the log-in', async () => {
    const email = someone();
    const browser = new BrowserClient(service.origin);
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
    expect((await browser.submit(path, { current_password: PASSWORD, code: codeOf(secret, service, 5) })).status).toBe(
      400,
    );
    const done = await browser.submit(path, { current_password: PASSWORD, code });
    expect([done.status, recoveryCodesIn(done).length]).toEqual([200, 10]);
    expect((await browser.open(account)).text).toContain('10 recovery codes left');

    service.clock.advance(60);
    const { browser: other, answer } = await logIn(email);
    expect(answer.location).toBe('/login/code/');
    await other.open('/login/code/');
    expect((await other.submit('/login/code/', { code: codeOf(secret, service) })).location).toBe('/activity/remote');

    await other.open(account);
    const removed = await other.submit('/operator/account/second-factor/remove/', { current_password: PASSWORD });
    expect([removed.status, removed.location]).toEqual([303, account]);
    expect((await other.open(account)).text).toContain('<dd>none</dd>');
    expect((await browser.open(account)).status).toBe(302);
    expect((await logIn(email)).answer.location).toBe('/activity/remote');
    expect(
      await service.rows(
        'SELECT 1 FROM operator_recovery_codes c JOIN operators o ON o.id = c.operator_id WHERE email = $1',
        [email],
      ),
    ).toEqual([]);
  });

  it('a new link replaces a second factor by none', async () => {
    const email = someone();
    const { browser } = await enrolled(service, email);
    const secret = secretIn(await browser.open('/operator/account/second-factor/'));
    await browser.submit('/operator/account/second-factor/', {
      current_password: PASSWORD,
      code: codeOf(secret, service),
    });
    expect((await logIn(email)).answer.location).toBe('/login/code/');
    const path = await invite(service, email);
    const fresh = new BrowserClient(service.origin);
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
    const before = browser.cookie('operator_session');
    const done = await browser.submit(path, { current_password: PASSWORD, password });
    expect([done.status, done.location]).toEqual([303, account]);
    expect(browser.cookie('operator_session')).not.toBe(before);
    expect((await browser.open(account)).text).toContain('Your password is changed.');
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

describe('on a node with other settings and the same database', () => {
  /** Runs `work` with the origin of another node. */
  async function onAnotherNode(sessions: Partial<Settings['sessions']>, work: (origin: string) => Promise<void>) {
    const { settings, databaseUrl, clock } = service;
    const app = await createApp({
      settings: { ...settings, sessions: { ...settings.sessions, ...sessions } },
      databaseUrl,
      clock,
    });
    try {
      await app.listen(0, '127.0.0.1');
      await work(await app.getUrl());
    } finally {
      await app.close();
    }
  }

  it('an operator without a second factor sets one up at the next log-in, once it is required', async () => {
    const email = someone();
    const { browser: elsewhere } = await enrolled(service, email);
    await onAnotherNode({ operatorSecondFactor: 'required' }, async (origin) => {
      const { browser, answer } = await logIn(email, PASSWORD, origin);
      const path = '/login/second-factor/';
      expect([answer.status, answer.location]).toEqual([303, path]);
      expect((await browser.open(account)).status).toBe(302);
      const secret = secretIn(await browser.open(path));
      expect((await browser.submit(path, { code: codeOf(secret, service, 4) })).status).toBe(400);
      const done = await browser.submit(path, { code: codeOf(secret, service) });
      expect([done.status, recoveryCodesIn(done).length]).toEqual([200, 10]);
      const page = await browser.open(account);
      expect(page.status).toBe(200);
      // It is required, so it stays.
      expect(page.text).not.toContain('/second-factor/remove/');
      const removal = await browser.submit('/operator/account/second-factor/remove/', { current_password: PASSWORD });
      expect(removal.status).toBe(400);
      expect((await logIn(email, PASSWORD, origin)).answer.location).toBe('/login/code/');
      // The other node knows of it, and that the sessions of before have ended.
      expect((await elsewhere.open(account)).status).toBe(302);
      expect((await logIn(email)).answer.location).toBe('/login/code/');
    });
  });

  it('a second factor outlives a change of the session secret, while the old one is still named', async () => {
    const email = someone();
    const { browser } = await enrolled(service, email);
    const secret = secretIn(await browser.open('/operator/account/second-factor/'));
    const fields = { current_password: PASSWORD, code: codeOf(secret, service) };
    const codes = recoveryCodesIn(await browser.submit('/operator/account/second-factor/', fields));
    const enter = async (origin: string, code: string) => {
      const { browser: other } = await logIn(email, PASSWORD, origin);
      await other.open('/login/code/');
      return (await other.submit('/login/code/', { code })).status;
    };
    await onAnotherNode({ secrets: [ANOTHER_SECRET] }, async (origin) => {
      expect(await enter(origin, codeOf(secret, service, 1))).toBe(403);
      expect(await enter(origin, codes[0] ?? '')).toBe(303);
    });
    await onAnotherNode({ secrets: [ANOTHER_SECRET, ...(service.settings.sessions.secrets ?? [])] }, async (origin) => {
      expect(await enter(origin, codeOf(secret, service, 1))).toBe(303);
    });
    service.clock.advance(120);
    // It was sealed again on that occasion.
    await onAnotherNode({ secrets: [ANOTHER_SECRET] }, async (origin) => {
      expect(await enter(origin, codeOf(secret, service))).toBe(303);
    });
  });

  it('a session ends that another node ends', async () => {
    const email = someone();
    const { browser } = await enrolled(service, email);
    await onAnotherNode({}, async (origin) => {
      const there = browser.at(origin);
      expect((await there.open(account)).status).toBe(200);
      await service.app.get(OperatorRecords).disable(email);
      expect((await there.open(account)).status).toBe(302);
    });
  });
});
