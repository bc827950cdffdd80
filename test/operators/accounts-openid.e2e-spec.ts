import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { OperatorRecords } from '../../src/operators/accounts/operator-records.js';
import { OidcStandIn } from '../../src/sandbox/oidc/oidc-stand-in.js';
import { BrowserClient, type PageAnswer } from '../support/browser-client.js';
import { TestService } from '../support/service.js';
import { invite } from './operator-accounts.js';

const provider = new OidcStandIn();
const account = '/operator/account/';
const alice = { sub: 'a-1', email: 'Alice@Example.org', emailVerified: true };
let service: TestService;

beforeAll(async () => {
  await provider.start();
  service = await TestService.start({
    env: {
      OPERATOR_OIDC_ISSUER: provider.issuer,
      OPERATOR_OIDC_CLIENT_ID: provider.clientId,
      OPERATOR_OIDC_CLIENT_SECRET: provider.clientSecret,
      OPERATOR_URL: 'https://operators.push.test',
    },
  });
  await invite(service, 'alice@example.org', 'view');
});
afterAll(async () => {
  await service.stop();
  await provider.stop();
});
beforeEach(() => {
  provider.person = alice;
  provider.fault = {};
});

/** The operators' site is behind TLS, on a host of its own. */
const aBrowser = () => new BrowserClient(service.origin, { host: 'operators.push.test' });

/** Follows the way to the provider and back; answers the address at which the browser comes back. */
async function toProviderAndBack(browser: BrowserClient, start = '/login/openid/'): Promise<string> {
  const left = await browser.open(start);
  expect(left.status).toBe(302);
  expect(left.location).toContain(`${provider.issuer}/authorize?`);
  const back = await fetch(left.location ?? '', { redirect: 'manual' });
  const url = new URL(back.headers.get('location') ?? '');
  expect(url.origin + url.pathname).toBe('https://operators.push.test/login/openid/callback/');
  return url.pathname + url.search;
}

const refused = async (browser: BrowserClient, answer: PageAnswer, sentence: string) => {
  expect([answer.status, answer.location]).toEqual([302, '/login/']);
  expect((await browser.open('/login/')).text).toContain(sentence);
  expect((await browser.open(account)).status).toBe(302);
};

describe('logging in by OpenID Connect', () => {
  it('is offered on the log-in page, and lets an operator in whose address the provider has verified', async () => {
    const browser = aBrowser();
    const form = await browser.open('/login/?next=/stats/remote/1/installation');
    expect(form.text).toContain('href="/login/openid/?next&#x3D;%2Fstats%2Fremote%2F1%2Finstallation"');
    const path = await toProviderAndBack(browser, '/login/openid/?next=%2Fstats%2Fremote%2F1%2Finstallation');
    const before = browser.cookie('__Host-operator_session');
    const back = await browser.open(path);
    expect([back.status, back.location]).toEqual([302, '/stats/remote/1/installation']);
    expect(browser.cookie('__Host-operator_session')).not.toBe(before);
    const page = await browser.open(account);
    expect([page.status, page.text.includes('alice@example.org')]).toEqual([200, true]);
    const [event] = await service.rows(
      'SELECT event_type, extra_data FROM operator_audit_log ORDER BY id DESC LIMIT 1',
    );
    expect(event).toEqual({ event_type: 'logged in', extra_data: { by: 'OpenID Connect' } });
  });

  it('takes the answer of the provider once, and in the browser that asked', async () => {
    const browser = aBrowser();
    const path = await toProviderAndBack(browser);
    await refused(aBrowser(), await aBrowser().open(path), 'Operator log-in');
    expect((await browser.open(path)).location).toBe('/activity/remote');
    const again = await browser.open(path);
    expect([again.status, again.location]).toEqual([302, '/login/']);
  });

  it.each([
    ['somebody who is no operator', { ...alice, email: 'bob@example.org' }],
    ['an operator whose address is not verified', { ...alice, emailVerified: false }],
  ])('refuses %s', async (_who, person) => {
    provider.person = person;
    const browser = aBrowser();
    const path = await toProviderAndBack(browser);
    await refused(browser, await browser.open(path), 'vouches for nobody who is an operator here');
  });

  it('refuses a disabled operator', async () => {
    const email = 'carol@example.org';
    await invite(service, email);
    await service.app.get(OperatorRecords).disable(email);
    provider.person = { sub: 'c-1', email, emailVerified: true };
    const browser = aBrowser();
    const path = await toProviderAndBack(browser);
    await refused(browser, await browser.open(path), 'vouches for nobody who is an operator here');
  });

  it.each([
    ['of another attempt', { nonce: 'another' }],
    ['for another client', { audience: 'another' }],
    ['of another issuer', { issuer: 'http://127.0.0.1:1/tenant' }],
    ['that has expired', { life: -120 }],
    ['signed with a key that is not the provider’s', { foreignKey: true }],
  ])('refuses an id token %s', async (_what, fault) => {
    provider.fault = fault;
    const browser = aBrowser();
    const path = await toProviderAndBack(browser);
    await refused(browser, await browser.open(path), 'You could not be logged in by way of your provider.');
  });

  it('refuses an answer with another state, without a code, and a refusal', async () => {
    const browser = aBrowser();
    const path = await toProviderAndBack(browser);
    const forged = path.replace(/state=[^&]+/, 'state=guessed');
    await refused(browser, await browser.open(forged), 'You could not be logged in by way of your provider.');
    await toProviderAndBack(browser);
    await refused(browser, await browser.open('/login/openid/callback/'), 'You could not be logged in');
    provider.person = undefined;
    const denied = await toProviderAndBack(browser);
    expect(denied).toContain('error=access_denied');
    await refused(browser, await browser.open(denied), 'You could not be logged in');
  });

  it('tells the operator when the provider cannot be reached, and asks it again the next time', async () => {
    const dead = new OidcStandIn();
    await dead.start();
    const { issuer } = dead;
    await dead.stop();
    const lonely = await TestService.start({
      env: {
        OPERATOR_OIDC_ISSUER: issuer,
        OPERATOR_OIDC_CLIENT_ID: 'x',
        OPERATOR_OIDC_CLIENT_SECRET: 'y',
      },
    });
    try {
      const browser = new BrowserClient(lonely.origin);
      await refused(browser, await browser.open('/login/openid/'), 'You could not be logged in');
    } finally {
      await lonely.stop();
    }
  });
});

it('without a provider in the settings there is no such log-in', async () => {
  const plain = await TestService.start();
  try {
    const browser = new BrowserClient(plain.origin);
    expect((await browser.open('/login/')).text).not.toContain('openid');
    for (const path of ['/login/openid/', '/login/openid/callback/'])
      expect((await browser.open(path)).status).toBe(404);
  } finally {
    await plain.stop();
  }
});
