import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { BillingWorld } from '../support/billing.js';
import { guest, type Managed, newcomer } from './customers.js';
import { forgetLinkMails, linksTo, pathOf } from './logins.js';
import { wordsOf } from './page-text.js';

let world: BillingWorld;
beforeAll(async () => {
  world = await BillingWorld.start();
});
afterAll(() => world.stop());
beforeEach(() => world.stripe.faults.clear());

async function payer(): Promise<Managed> {
  const managed = await guest(world, 30);
  await managed.someone.has({ shown: 30 });
  await managed.browser.open(`${managed.base}/billing/`);
  await forgetLinkMails(world.service);
  return managed;
}

const emailAtStripe = async ({ someone }: Managed): Promise<unknown> => {
  const { stripe_customer_id: id } = await someone.customer();
  const answer = await fetch(`${world.stripe.origin}/v1/customers/${id}`, {
    headers: { authorization: 'Bearer sk_test_sandbox' },
  });
  return ((await answer.json()) as { email: unknown }).email;
};

describe('ways to the pages of the payment provider', () => {
  it('lead to past invoices and to billing details, and back', async () => {
    const someone = await payer();
    const { browser, base } = someone;
    for (const path of ['invoices/', 'customer_portal/?return_to_billing_page=true']) {
      const away = await browser.open(`${base}/${path}`);
      expect(away.status).toBe(302);
      expect(away.location?.startsWith(world.stripe.origin)).toBe(true);
      expect(await (await fetch(away.location ?? '')).text()).toContain(`${base}/billing/`);
    }
  });

  it.each([
    ['', '/upgrade/?tier=104'],
    ['tier=103&manual_license_management=true', '/upgrade/?tier=103&amp;manual_license_management=true'],
    ['tier=103&setup_payment_by_invoice=true', '/upgrade/?tier=103&amp;setup_payment_by_invoice=true'],
    ['tier=https://evil.test/', '/upgrade/?tier=104'],
  ])('lead back to the form that somebody came from: %s', async (query, back) => {
    const { browser, base } = await payer();
    const away = await browser.open(`${base}/customer_portal/?${query}`);
    const text = await (await fetch(away.location ?? '')).text();
    expect(text.replaceAll('&#x3D;', '=')).toContain(`${base}${back}`);
  });

  it('say so where there is nothing yet', async () => {
    const { browser, base } = await newcomer(world, 30);
    const answer = await browser.open(`${base}/customer_portal/?tier=103`);
    expect(answer).toMatchObject({ status: 303, location: `${base}/upgrade/?tier=103` });
    expect(wordsOf((await browser.follow(answer)).text)).toContain('nothing has been bought');
    expect((await browser.open(`${base}/invoices/`)).status).toBe(303);
  });

  it('say so where the provider cannot be reached', async () => {
    const { browser, base } = await payer();
    world.stripe.faults.add({ kind: 'rate-limit', endpoint: 'POST /v1/billing_portal/sessions', times: 9 });
    const answer = await browser.open(`${base}/invoices/`);
    expect(answer).toMatchObject({ status: 303, location: `${base}/billing/` });
    expect((await browser.follow(answer)).text).toContain('class="notice warning"');
  });
});

describe('a card', () => {
  it('is changed on a page of the provider, which leads back', async () => {
    const { browser, base, someone } = await payer();
    const away = await browser.submit(`${base}/billing/card/`);
    expect(away.status).toBe(303);
    const id = away.location?.split('/').at(-1) ?? '';
    world.stripe.completeCheckout(id, '4000000000000341');
    await world.settled();
    const status = await browser.open(`${base}/billing/event_status/?stripe_session_id=${id}`);
    expect(status.location).toBe(`${base}/billing/`);
    expect((await someone.customer())['stripe_customer_id']).toMatch(/^cus_/);
    const visit = await browser.json('POST', `/json${base}/billing/session/start_card_update_session`);
    expect(visit).toMatchObject({ status: 200, body: { result: 'success', msg: '' } });
    expect(visit.body['stripe_session_id']).toMatch(/^cs_/);
    expect(String(visit.body['stripe_session_url'])).toContain(String(visit.body['stripe_session_id']));
  });

  it('of nobody is not changed', async () => {
    const { browser, base } = await newcomer(world, 30);
    await browser.open(`${base}/plans/`);
    expect(await browser.json('POST', `/json${base}/billing/session/start_card_update_session`)).toMatchObject({
      status: 400,
      body: { error_description: 'no-stripe-customer' },
    });
    expect((await browser.submit(`${base}/billing/card/`)).location).toBe(`${base}/billing/`);
  });
});

describe('the address for invoices', () => {
  it('changes once the link that is mailed to it was opened and confirmed, in any browser', async () => {
    const someone = await payer();
    const { browser, base } = someone;
    const sent = await browser.submit(`${base}/billing/email/`, { email: 'books@zulip.test' });
    expect(sent).toMatchObject({ status: 303, location: `${base}/billing/` });
    expect(wordsOf((await browser.follow(sent)).text)).toContain('A link was sent to the new address.');
    const [link = ''] = await linksTo(world.service, 'books@zulip.test');
    expect(link).toContain('/customer/confirm_new_stripe_email/');

    const other = (await newcomer(world, 30)).browser;
    const page = await other.open(pathOf(link));
    expect(page.status).toBe(200);
    expect(wordsOf(page.text)).toContain('shall go to books@zulip.test.');
    expect(await emailAtStripe(someone)).toBe('ann@zulip.test');
    const done = await other.submit(pathOf(link));
    expect(done.status).toBe(200);
    expect(wordsOf(done.text)).toContain('go to books@zulip.test from now on.');
    expect(await emailAtStripe(someone)).toBe('books@zulip.test');
    expect((await other.submit(pathOf(link))).status).toBe(404);
    expect((await other.open(pathOf(link))).status).toBe(404);
    expect((await other.open('/customer/confirm_new_stripe_email/unknown/')).status).toBe(404);
  });

  it('is refused beside the field where it is none', async () => {
    const { browser, base } = await payer();
    const page = await browser.submit(`${base}/billing/email/`, { email: 'nobody at all' });
    expect(page.status).toBe(400);
    expect(page.text).toMatch(/<details open>[\s\S]*value="nobody at all" aria-invalid="true"/);
    expect(wordsOf(page.text)).toContain('Please enter a valid email address.');
    expect(await browser.json('PATCH', `/json${base}/billing/customer`, { email: 'x' })).toMatchObject({
      status: 400,
      body: { error_description: 'invalid-email' },
    });
  });

  it('gets only so many mails', async () => {
    const { browser, base } = await payer();
    const asks = () => browser.json('PATCH', `/json${base}/billing/customer`, { email: 'victim@zulip.test' });
    for (let sent = 0; sent < 5; sent++) expect((await asks()).status).toBe(200);
    expect(await asks()).toMatchObject({ status: 429, body: { code: 'RATE_LIMIT_HIT' } });
    expect((await browser.submit(`${base}/billing/email/`, { email: 'victim@zulip.test' })).status).toBe(429);
    expect(await linksTo(world.service, 'victim@zulip.test')).toHaveLength(5);
  });
});
