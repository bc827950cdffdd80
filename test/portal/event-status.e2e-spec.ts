import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BillingWorld } from '../support/billing.js';
import { BrowserClient } from '../support/browser-client.js';
import { guest, type Managed, managed, newcomer } from './customers.js';
import { fieldsOf, linksSaying, wordsOf } from './page-text.js';

let world: BillingWorld;
beforeAll(async () => {
  world = await BillingWorld.start();
});
afterAll(() => world.stop());

/** Somebody on the way to enter a card; answers the id of the visit. */
async function visitsCheckout({ browser, base }: Managed, fields: Readonly<Record<string, string>>): Promise<string> {
  const answer = await browser.json('POST', `/json${base}/upgrade/session/start_card_update_session`, fields);
  expect(answer).toMatchObject({ status: 200, body: { result: 'success', msg: '' } });
  expect(answer.body['stripe_session_url']).toMatch(/^http.*\/c\/pay\/cs_/);
  return String(answer.body['stripe_session_id']);
}

const pageOf = ({ browser, base }: Managed, id: string, more = '') =>
  browser.open(`${base}/billing/event_status/?${id}${more}`);
const statusOf = ({ browser, base }: Managed, id: string) =>
  browser.json('GET', `/json${base}/billing/event/status?${id}`);

describe('the page that waits for a card', () => {
  it('waits while it is being entered, and leads back to the purchase then', async () => {
    const someone = await newcomer(world, 11);
    const session = await visitsCheckout(someone, { tier: '103', manual_license_management: 'true' });
    const id = `stripe_session_id=${session}`;
    const type = 'card_update_from_upgrade_page';
    const of = { tier: 103, is_manual_license_management_upgrade_session: true, type };
    expect((await statusOf(someone, id)).body).toMatchObject({ session: { ...of, status: 'created' } });
    const page = await pageOf(someone, id);
    expect(page.status).toBe(200);
    expect(wordsOf(page.text)).toContain('Waiting for the payment provider.');
    expect(page.text).toContain('aria-live="polite"');
    const refresh = /<noscript><meta http-equiv="refresh" content="5; url=([^"]*)">/.exec(page.text)?.[1] ?? '';
    expect(refresh).toContain(`${someone.base}/billing/event_status/`);
    world.stripe.completeCheckout(session);
    await world.settled();
    expect((await statusOf(someone, id)).body).toMatchObject({
      session: { ...of, status: 'completed', event_handler: { status: 'succeeded' } },
    });
    const after = await pageOf(someone, id);
    expect(after).toMatchObject({
      status: 302,
      location: `${someone.base}/upgrade/?tier=103&manual_license_management=true`,
    });
    const upgrade = await someone.browser.follow(after);
    expect(wordsOf(upgrade.text)).toContain('Your card is on file. You can buy Basic now.');
    expect(wordsOf(upgrade.text)).toContain('Visa ending in 4242');
    expect((await someone.browser.follow(after)).text).not.toContain('Your card is on file.');
  });

  it('tells in the words of the provider that the card was refused, and where to try again', async () => {
    const someone = await newcomer(world, 11);
    const session = await visitsCheckout(someone, { tier: '103' });
    world.stripe.completeCheckout(session);
    await world.settled();
    await world.service.rows(
      `UPDATE stripe_events SET status = 40, handler_error = $2
       WHERE session_id = (SELECT id FROM stripe_sessions WHERE stripe_session_id = $1)`,
      [session, { message: 'Your card has expired.', description: 'card error' }],
    );
    const page = await pageOf(someone, `stripe_session_id=${session}`);
    expect(page.text).toMatch(/role="alert"><p>Your card has expired\.<\/p>/);
    expect(linksSaying(page.text, 'Try again')).toEqual([`${someone.base}/upgrade/?tier=103`]);
    expect(linksSaying(page.text, 'Go to billing')).toEqual([`${someone.base}/billing/`]);
    expect(page.text).not.toContain('http-equiv="refresh"');
  });

  it('is not opened for a tier that cannot be bought', async () => {
    const { browser, base } = await newcomer(world, 11);
    for (const tier of ['105', 'x', '']) {
      const path = `/json${base}/upgrade/session/start_card_update_session`;
      expect(await browser.json('POST', path, { tier })).toMatchObject({ status: 400, body: { result: 'error' } });
    }
  });
});

describe('the page that waits for a payment', () => {
  it('75: leads to billing once it is handled, and names the plan', async () => {
    const someone = await guest(world, 11);
    const { browser, base } = someone;
    const upgrade = await browser.open(`${base}/upgrade/?tier=103`);
    const start = { remote_server_plan_start_date: 'today' };
    const bought = await browser.submit(`${base}/upgrade/`, { ...fieldsOf(upgrade.text), ...start });
    expect(bought.status).toBe(303);
    expect(bought.location).toMatch(new RegExp(`^${base}/billing/event_status/\\?stripe_invoice_id=in_`));
    await world.settled();
    const done = await browser.follow(bought);
    expect(done).toMatchObject({ status: 302, location: `${base}/billing/` });
    const host = someone.someone.realm.host;
    expect(wordsOf((await browser.follow(done)).text)).toContain(
      `Your payment was received: ${host} is upgraded to Basic.`,
    );
  });

  it('waits for an invoice that was sent, and gives up after two minutes', async () => {
    const someone = await guest(world, 30);
    await someone.someone.buys({ chargeAutomatically: false, management: 'manual', licenses: 30 });
    const id = `stripe_invoice_id=${(await someone.someone.invoices())[0]?.id}`;
    expect((await statusOf(someone, id)).body).toMatchObject({ stripe_invoice: { status: 'sent' } });
    const tried = (await pageOf(someone, id, '&tries=23')).text;
    expect(tried).toMatch(/content="5; url=[^"]*tries&#x3D;24"/);
    const late = await pageOf(someone, id, '&tries=24');
    expect(wordsOf(late.text)).toMatch(/This takes longer than usual.*write to sales@zulip\.test/);
    expect(linksSaying(late.text, 'Go to billing')).toEqual([`${someone.base}/billing/`]);
    expect(late.text).not.toContain('http-equiv="refresh"');
  });

  it('tells that an invoice was cancelled', async () => {
    const someone = await guest(world, 30);
    await someone.someone.buys({ chargeAutomatically: false, management: 'manual', licenses: 30 });
    const id = (await someone.someone.invoices())[0]?.id ?? '';
    await fetch(`${world.stripe.origin}/v1/invoices/${id}/void`, {
      method: 'POST',
      headers: { authorization: 'Bearer sk_test_sandbox' },
    });
    await world.settled();
    const page = await pageOf(someone, `stripe_invoice_id=${id}`);
    expect(wordsOf(page.text)).toContain('The invoice was cancelled, and nothing was charged.');
  });

  it('74: says at once that it knows nothing of an unknown id, and of those of others', async () => {
    const other = await guest(world, 30);
    await other.someone.buys({ chargeAutomatically: false, management: 'manual', licenses: 30 });
    const others = `stripe_invoice_id=${(await other.someone.invoices())[0]?.id}`;
    for (const someone of [await newcomer(world, 11), await guest(world, 11)]) {
      for (const id of ['stripe_invoice_id=in_unknown', 'stripe_session_id=cs_unknown', others, '']) {
        const page = await pageOf(someone, id);
        expect(page.status).toBe(200);
        expect(wordsOf(page.text)).toMatch(/^That did not work We know of no such payment or card\..*Go to billing/);
        expect(await statusOf(someone, id)).toMatchObject({ status: 400, body: { result: 'error' } });
      }
    }
  });

  it('needs no session, tells nothing without one, and leads to the login', async () => {
    const someone = await managed(await world.organization(11, 'server'));
    const stranger = new BrowserClient(world.service.origin);
    const page = await stranger.open(`${someone.base}/billing/event_status/?stripe_invoice_id=in_1`);
    expect(page.status).toBe(200);
    expect(linksSaying(page.text, 'Log in to see your plan')).toEqual([`${someone.base}/billing/`]);
    expect(await stranger.open(`${someone.base}/billing/`)).toMatchObject({
      status: 302,
      location: '/serverlogin/?next_page=billing',
    });
    const json = await stranger.json('GET', `/json${someone.base}/billing/event/status?stripe_invoice_id=in_1`);
    expect(json.status).toBe(401);
    expect(String(json.body['login_url'])).toMatch(/^\/serverlogin\//);
    expect((await stranger.open('/server/no-uuid/billing/event_status/')).status).toBe(404);
  });
});
