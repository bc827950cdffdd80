import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Sponsorships } from '../../src/plans/sponsorship/sponsorships.js';
import { BillingWorld } from '../support/billing.js';
import { guest, type Managed, newcomer } from './customers.js';
import { fieldsOf, wordsOf } from './page-text.js';

let world: BillingWorld;
beforeAll(async () => {
  world = await BillingWorld.start({ FREE_TRIAL_DAYS: '30' });
});
afterAll(() => world.stop());

const FORM = {
  organization_type: '60',
  requested_plan: 'Community',
  website: 'chess.example.org',
  description: 'A chess club.',
  plan_to_use_zulip: 'To play by post.',
  expected_total_users: '40',
  paid_users_count: 'none',
  paid_users_description: '',
};
const REQUIRED = ['description', 'plan_to_use_zulip', 'expected_total_users', 'paid_users_count'] as const;

const opens = ({ browser, base }: Managed, page: string) => browser.open(`${base}/${page}/`);
const submits = ({ browser, base }: Managed, fields: Record<string, string>) =>
  browser.submit(`${base}/sponsorship/`, fields);
const sends = ({ browser, base }: Managed, fields: Record<string, string>) =>
  browser.json('POST', `/json${base}/billing/sponsorship`, fields);
const requests = (someone: Managed) =>
  world.service.rows(
    `SELECT r.org_website, r.requested_plan FROM sponsorship_requests r JOIN customers c ON c.id = r.customer_id
     JOIN remote_realms m ON m.id = c.realm_id WHERE m.uuid = $1`,
    [someone.someone.realm.uuid],
  );
/** The field that is marked, and what is said beside it. */
const problem = (html: string, field: string): string | undefined =>
  new RegExp(`id="${field}-problem"(?:(?! hidden)[^>])*>([^<]+)<`).exec(html)?.[1];

describe('a request for sponsorship', () => {
  it('is made in a form that knows the type of the organization, and what that type gets', async () => {
    const someone = await newcomer(world, 30);
    await world.service.rows('UPDATE remote_realms SET org_type = 40 WHERE uuid = $1', [someone.someone.realm.uuid]);
    const { text, status } = await opens(someone, 'sponsorship');
    expect(status).toBe(200);
    expect(text).toMatch(/<option value="40"[^>]* selected>Research/);
    expect(text).toMatch(/id="organization_type-hint"[^>]*><p>The Community plan is free\.</);
    expect(fieldsOf(text)).toMatchObject({ requested_plan: 'Community', website: '' });
    expect(text).not.toContain('>Personal<');
    expect(text).not.toContain('>Unspecified<');
  });

  it('77: waits for an answer, is told to the staff once, and is not made twice', async () => {
    const someone = await newcomer(world, 30);
    await opens(someone, 'sponsorship');
    const sent = await submits(someone, FORM);
    expect(sent).toMatchObject({ status: 303, location: `${someone.base}/sponsorship/` });
    const pending = wordsOf((await someone.browser.follow(sent)).text);
    expect(pending).toContain('Your request is under review');
    expect(pending).toContain('Your request for the Community plan is with us.');
    expect(pending).toContain('Current plan Free');
    expect(await requests(someone)).toEqual([
      { org_website: 'https://chess.example.org', requested_plan: 'Community' },
    ]);
    expect(await sends(someone, FORM)).toMatchObject({
      status: 400,
      body: { result: 'error', error_description: 'sponsorship-pending' },
    });
    const again = await submits(someone, FORM);
    expect(wordsOf((await someone.browser.follow(again)).text)).toContain('is being reviewed already');
    expect(await requests(someone)).toHaveLength(1);
    expect((await someone.someone.mails()).filter((kind) => kind === 'sponsorship-requested')).toHaveLength(1);
  });

  it('77: may come from a script', async () => {
    const someone = await guest(world, 30);
    await opens(someone, 'sponsorship');
    const sent = await sends(someone, { ...FORM, requested_plan: 'Business' });
    expect(sent).toMatchObject({ status: 200, body: { result: 'success', msg: '' } });
    const pending = wordsOf((await opens(someone, 'sponsorship')).text);
    expect(pending).toContain('for a discounted Business plan');
    expect(pending).toContain('Current plan Basic (complimentary access)');
  });

  it('76: is refused beside each field that is missing, and keeps the others', async () => {
    const someone = await newcomer(world, 30);
    await opens(someone, 'sponsorship');
    for (const field of REQUIRED) {
      const { status, text } = await submits(someone, { ...FORM, [field]: ' ' });
      expect(status).toBe(400);
      expect(problem(text, field)).toMatch(/^Please /);
      expect(text).toMatch(
        new RegExp(`id="${field}"[^>]*aria-describedby="${field}-problem" aria-invalid="true" autofocus`),
      );
      expect(text.match(/aria-invalid="true"/g)).toHaveLength(1);
      expect(wordsOf(text)).toContain('Please look at the marked field.');
      if (field !== 'description') expect(text).toContain('A chess club.</textarea>');
      const answer = await sends(someone, { ...FORM, [field]: '' });
      expect(answer).toMatchObject({ status: 400, body: { error_description: 'Form validation error' } });
      expect(Object.keys(answer.body['problems'] as object)).toEqual([field]);
    }
    expect(await requests(someone)).toEqual([]);
  });

  it.each([
    ['website', 'not a url'],
    ['organization_type', ''],
    ['organization_type', 'x'],
    ['requested_plan', 'Enterprise'],
  ])('76: is refused where %s is "%s", beside it', async (field, value) => {
    const someone = await newcomer(world, 30);
    await opens(someone, 'sponsorship');
    const { status, text } = await submits(someone, { ...FORM, [field]: value });
    expect(status).toBe(400);
    expect(problem(text, field)).toMatch(/^Please /);
    expect(text.match(/aria-invalid="true"/g)).toHaveLength(1);
    expect(await sends(someone, { ...FORM, [field]: value })).toMatchObject({ status: 400 });
    expect(await requests(someone)).toEqual([]);
  });

  it('is no markup', async () => {
    const someone = await newcomer(world, 30);
    await opens(someone, 'sponsorship');
    const { text } = await submits(someone, { ...FORM, description: '</textarea><script>', website: '"><b> x' });
    expect(text).not.toContain('<script>');
    expect(text).not.toContain('<b>');
  });
});

describe('the pages while a request waits', () => {
  it('65: lead to it without a paid plan, and let a plan be bought', async () => {
    const someone = await newcomer(world, 30);
    await world.part(Sponsorships).setPending(someone.someone.holder, true);
    expect((await opens(someone, 'billing')).location).toBe(`${someone.base}/sponsorship/`);
    const upgrade = await someone.browser.open(`${someone.base}/upgrade/?tier=104`);
    expect(upgrade.status).toBe(200);
    expect(wordsOf(upgrade.text)).toContain('Your request for sponsorship is under review.');
    expect((await someone.browser.open(`${someone.base}/upgrade/?tier=102`)).location).toBe(
      `${someone.base}/sponsorship/`,
    );
  });

  it('67: show it above a paid plan', async () => {
    const someone = await guest(world, 30);
    await someone.someone.has({ tier: 104, shown: 30 });
    await world.part(Sponsorships).setPending(someone.someone.holder, true);
    const sponsorship = await opens(someone, 'sponsorship');
    expect(sponsorship.location).toBe(`${someone.base}/billing/`);
    const { status, text } = await someone.browser.follow(sponsorship);
    expect(status).toBe(200);
    expect(wordsOf(text)).toContain('Your request for sponsorship is under review.');
  });

  it('66: show that it was granted', async () => {
    const someone = await newcomer(world, 30);
    await world.part(Sponsorships).setPending(someone.someone.holder, true);
    await world.part(Sponsorships).approve(someone.someone.holder);
    expect((await opens(someone, 'billing')).location).toBe(`${someone.base}/sponsorship/`);
    expect((await opens(someone, 'upgrade')).location).toBe(`${someone.base}/billing/`);
    const { text } = await opens(someone, 'sponsorship');
    expect(wordsOf(text)).toContain(`${someone.someone.realm.host} is sponsored`);
    expect(text).not.toContain('sponsorship-form');
  });
});
