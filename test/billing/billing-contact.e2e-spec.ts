import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { FixedPrices } from '../../src/plans/changes/fixed-prices.js';
import { NegotiatedTerms } from '../../src/plans/changes/negotiated-terms.js';
import { BillingLinks } from '../../src/plans/contact/billing-links.js';
import { CustomerLinks } from '../../src/plans/contact/customer-links.js';
import { InvoiceEmails } from '../../src/plans/contact/invoice-emails.js';
import { insert, notesOn } from '../plans/billing-rows.js';
import { BillingWorld, type Organization, withPlan } from '../support/billing.js';
import { T0 } from '../support/sample-plan.js';

let world: BillingWorld;
beforeAll(async () => {
  world = await BillingWorld.start({ PORTAL_URL: 'https://plans.zulip.test' });
});
afterAll(() => world.stop());
beforeEach(() => {
  world.stripe.faults.clear();
  world.service.clock.set(T0);
});

const refusedAs = (why: string) => ({ extra: { error_description: why } });
const operator = { operatorId: '7' } as const;
const atStripe = async (someone: Organization) =>
  world.stripe.account.customers.get((await someone.customer()).stripe_customer_id);
const customerOf = async (someone: Organization) => {
  await someone.isCustomer();
  return someone;
};

describe('the pages of Stripe', () => {
  it('show past invoices, or take new contact details, and lead back', async () => {
    const someone = await customerOf(await world.organization(11));
    const invoices = await world.part(BillingLinks).invoices(someone.holder, 'https://plans.zulip.test/a/');
    const contact = await world.part(BillingLinks).contactDetails(someone.holder, 'https://plans.zulip.test/b/');
    const sessions = world.stripe.account.portalSessions.all();
    const of = (url: string) => sessions.find((one) => one.url === url);
    const features = (url: string) =>
      world.stripe.account.portalConfigurations.get(of(url)?.configuration ?? '').features;
    expect(of(invoices)).toMatchObject({ return_url: 'https://plans.zulip.test/a/' });
    expect(features(invoices)).toMatchObject({
      invoice_history: { enabled: true },
      customer_update: { enabled: false },
    });
    expect(of(contact)).toMatchObject({ return_url: 'https://plans.zulip.test/b/' });
    expect(features(contact)).toMatchObject({
      customer_update: { enabled: true, allowed_updates: ['address', 'name', 'email'] },
    });
  });

  it('are not there for who is unknown to Stripe', async () => {
    const someone = await world.organization(11);
    const links = world.part(BillingLinks);
    await expect(links.invoices(someone.holder, 'http://a/')).rejects.toMatchObject(refusedAs('no-stripe-customer'));
    await someone.isCustomer({ stripe_customer_id: null });
    await expect(links.contactDetails(someone.holder, 'http://a/')).rejects.toMatchObject(
      refusedAs('no-stripe-customer'),
    );
  });
});

describe('another address for invoices', () => {
  const keyIn = async () => {
    const [mail] = await world.service.rows<{ text_body: string; recipient: string }>(
      "SELECT * FROM written_mail WHERE kind = 'invoice-email-change' ORDER BY id DESC LIMIT 1",
    );
    const key = /^https:\/\/plans\.zulip\.test\/customer\/confirm_new_stripe_email\/([a-z2-7]{24})$/m.exec(
      mail?.text_body ?? '',
    )?.[1];
    return { key: key ?? '', recipient: mail?.recipient };
  };
  const emails = () => world.part(InvoiceEmails);

  it('is used once whoever reads mail there has agreed', async () => {
    const someone = await customerOf(await world.organization(11));
    const realmId = 'realmId' in someone.holder ? someone.holder.realmId : '';
    const billingUserId = await insert(world.service, 'realm_billing_users', {
      ...{ realm_id: realmId, user_uuid: crypto.randomUUID(), email: 'ann@zulip.test', created_at: T0 },
    });
    await emails().request(someone.holder, ' bob@zulip.test ', { billingUserId });
    const { key, recipient } = await keyIn();
    expect(recipient).toBe('bob@zulip.test');
    expect((await atStripe(someone)).email).toBe('ann@zulip.test');
    const pending = { holder: someone.holder, name: someone.realm.host, email: 'bob@zulip.test' };
    expect(await emails().find(key)).toEqual(pending);
    expect(await emails().confirm(key)).toEqual(pending);
    expect((await atStripe(someone)).email).toBe('bob@zulip.test');
    expect(await emails().find(key)).toBeUndefined();
    expect(await emails().confirm(key)).toBeUndefined();
    const notes = (await notesOn(world.service, someone.holder)).filter(({ event_type }) => event_type === 505);
    expect(notes).toEqual([
      {
        event_type: 505,
        extra_data: { property: 'invoice_email', old_value: null, new_value: null },
        acting_billing_user_id: billingUserId,
      },
    ]);
  });

  it('needs a link that is the newest, and younger than a day', async () => {
    const someone = await customerOf(await world.organization(11));
    await emails().request(someone.holder, 'bob@zulip.test');
    const first = (await keyIn()).key;
    await emails().request(someone.holder, 'carl@zulip.test');
    const second = (await keyIn()).key;
    expect(await emails().confirm(first)).toBeUndefined();
    world.service.clock.set(new Date(T0.getTime() + 86_400_000));
    expect(await emails().confirm(second)).toBeUndefined();
    expect(await emails().find('x'.repeat(24))).toBeUndefined();
    expect((await atStripe(someone)).email).toBe('ann@zulip.test');
  });

  it('is asked again where Stripe could not be reached', async () => {
    const someone = await customerOf(await world.organization(11));
    await emails().request(someone.holder, 'bob@zulip.test');
    const { key } = await keyIn();
    world.stripe.faults.add({ kind: 'rate-limit', endpoint: 'POST /v1/customers/:id', times: 9 });
    await expect(emails().confirm(key)).rejects.toMatchObject(refusedAs('stripe connection error'));
    world.stripe.faults.clear();
    expect(await emails().confirm(key)).toMatchObject({ email: 'bob@zulip.test' });
  });

  it('has to be one, and Stripe has to know who asks', async () => {
    const someone = await customerOf(await world.organization(11));
    for (const address of ['', 'bob', 'bob@', 'a b@zulip.test', `${'x'.repeat(250)}@zulip.test`]) {
      await expect(emails().request(someone.holder, address)).rejects.toMatchObject(refusedAs('invalid-email'));
    }
    const stranger = await world.organization(3);
    await expect(emails().request(stranger.holder, 'a@zulip.test')).rejects.toMatchObject(
      refusedAs('no-stripe-customer'),
    );
  });
});

describe('a customer who is at Stripe already', () => {
  const links = () => world.part(CustomerLinks);
  const newAtStripe = async () => {
    const other = await customerOf(await world.organization(3));
    const id = (await other.customer()).stripe_customer_id;
    await world.service.rows('UPDATE customers SET stripe_customer_id = NULL WHERE stripe_customer_id = $1', [id]);
    return id;
  };

  it('is linked, and only knowingly in place of another', async () => {
    const someone = await world.organization(11);
    const [first, second] = [await newAtStripe(), await newAtStripe()];
    expect(await links().link(someone.holder, ` ${first} `, false, operator)).toBe(true);
    expect(await links().link(someone.holder, first, false, operator)).toBe(false);
    await expect(links().link(someone.holder, second)).rejects.toMatchObject(refusedAs('stripe-customer-set'));
    expect(await links().link(someone.holder, second, true, operator)).toBe(true);
    expect(await links().linked(someone.holder)).toBe(second);
    const notes = (await notesOn(world.service, someone.holder)).filter(({ event_type }) => event_type === 505);
    expect(notes.map(({ extra_data }) => extra_data)).toEqual([
      { property: 'stripe_customer_id', old_value: null, new_value: first },
      { property: 'stripe_customer_id', old_value: first, new_value: second },
    ]);
  });

  it('is not linked where it is unknown or of another, nor beside a paid plan', async () => {
    const someone = await world.organization(11);
    await expect(links().link(someone.holder, 'cus_nobody')).rejects.toMatchObject(
      refusedAs('stripe-customer-unknown'),
    );
    const pays = await withPlan(world, 11);
    const taken = (await pays.customer()).stripe_customer_id;
    await expect(links().link(someone.holder, taken, true)).rejects.toMatchObject(refusedAs('stripe-customer-taken'));
    await expect(links().link(pays.holder, await newAtStripe(), true)).rejects.toMatchObject(refusedAs('live-plan'));
  });

  it('FX-17: can have a plan that was paid for otherwise', async () => {
    const someone = await world.organization(60);
    const anchor = new Date('2012-01-01T01:01:01Z');
    const prepaid = () => world.part(FixedPrices).prepaid(someone.holder, anchor, operator);
    await expect(prepaid()).rejects.toMatchObject(refusedAs('no-customer'));
    await world.part(NegotiatedTerms).requireTier(someone.holder, 104);
    await expect(prepaid()).rejects.toMatchObject(refusedAs('no-stripe-customer'));
    await links().link(someone.holder, await newAtStripe());
    await expect(prepaid()).rejects.toMatchObject(refusedAs('no-offer'));
    await world.part(FixedPrices).agree(someone.holder, 120_000);
    await prepaid();
    expect(await someone.plan()).toMatchObject({ status: 1, billing_cycle_anchor: anchor, fixed_price: 120_000 });
    await expect(prepaid()).rejects.toMatchObject(refusedAs('on-paid-plan'));
  });
});
