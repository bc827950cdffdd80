import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SCHEDULE } from '../../src/plans/catalogue/plan-status.js';
import { BillingWorld } from '../support/billing.js';
import { T0 } from '../support/sample-plan.js';
import { billing, MANUAL, patches, payer, submits, trying } from './billing-page.js';
import type { Managed } from './customers.js';
import { wordsOf } from './page-text.js';

let world: BillingWorld;
beforeAll(async () => {
  world = await BillingWorld.start({ FREE_TRIAL_DAYS: '30' });
});
afterAll(() => world.stop());
beforeEach(() => {
  world.stripe.faults.clear();
  world.service.clock.set(T0);
});

const { annual, monthly } = SCHEDULE;

describe('licenses', () => {
  it('69: are only added within a period, after a question', async () => {
    const someone = await payer(world, MANUAL);
    const { words, text } = await billing(someone);
    expect(words).toContain('Licenses of this period 10 (8 in use)');
    expect(text).toMatch(/data-current="10" data-fewest="11" data-only-more/);
    const fewer = await submits(someone, { licenses: 9 });
    expect(fewer.status).toBe(400);
    expect(wordsOf(fewer.text)).toContain('You cannot decrease the licenses in the current billing period.');
    expect(fewer.text).toMatch(/name="licenses"[^>]*value="9"[^>]*aria-invalid="true"/);
    const asked = await submits(someone, { licenses: 12 });
    expect(wordsOf(asked.text)).toContain('You will have 12 licenses, 2 more than now. They are charged to your card');
    expect(await patches(someone, { licenses: 10 })).toMatchObject({
      status: 400,
      body: { result: 'error', msg: 'Your plan is already on 10 licenses in the current billing period.' },
    });
    expect(await someone.someone.ledger()).toHaveLength(1);
    const done = await submits(someone, { licenses: 12, confirmed: 'true' });
    expect(wordsOf((await someone.browser.follow(done)).text)).toContain('Your plan has 12 licenses now.');
    expect(await patches(someone, { licenses: 13 })).toMatchObject({
      status: 200,
      body: { result: 'success', msg: '' },
    });
    expect((await billing(someone)).words).toContain('Licenses of this period 13 (8 in use)');
  });

  it('70: of the next period cover everybody', async () => {
    const someone = await payer(world, MANUAL);
    const msg = 'You must purchase licenses for all active users in your organization (minimum 8).';
    const few = await submits(someone, { licenses_at_next_renewal: 7 });
    expect(few.status).toBe(400);
    expect(wordsOf(few.text)).toContain(msg);
    expect(few.text).toMatch(/name="licenses_at_next_renewal"[^>]*value="7"[^>]*aria-invalid="true"/);
    expect(await patches(someone, { licenses_at_next_renewal: 7 })).toMatchObject({ status: 400, body: { msg } });
    expect(wordsOf((await submits(someone, { licenses_at_next_renewal: 8 })).text)).toContain(
      'The next billing period will have 8 licenses',
    );
    const done = await submits(someone, { licenses_at_next_renewal: 8, confirmed: 'true' });
    expect(wordsOf((await someone.browser.follow(done)).text)).toContain('Your plan will renew with 8 licenses.');
    expect((await billing(someone)).words).toContain('Licenses of the next period 8');
  });

  it('are warned about where there are more users', async () => {
    const someone = await payer(world, MANUAL);
    world.service.clock.advance(60);
    await someone.someone.hasUsers(14);
    expect((await billing(someone)).words).toContain('There are 14 users, and 10 licenses. Please add licenses.');
  });

  it('follow the users, or not, after a question', async () => {
    const someone = await payer(world);
    expect((await billing(someone)).text).toContain('Choose the number of licenses yourself');
    const asked = await submits(someone, { toggle_license_management: 'true' });
    expect(wordsOf(asked.text)).toContain('Choose the number of licenses yourself?');
    expect((await submits(someone, { toggle_license_management: 'true', confirmed: 'true' })).status).toBe(303);
    const { text, words } = await billing(someone);
    expect(words).toContain('License management was switched.');
    expect(text).toContain('Let the number of licenses follow the users');
    expect(await patches(someone, { toggle_license_management: 'true', status: 2 })).toMatchObject({ status: 400 });
  });
});

describe('an update', () => {
  it.each([
    ['names nothing', {}, 'nothing-to-change'],
    ['names an unknown status', { status: 999 }, undefined],
    ['names no number', { status: 'x' }, undefined],
    ['names a status that does not fit', { status: 7 }, 'change-not-possible'],
    ['adds licenses under automatic management', { licenses: 20 }, 'automatic-management'],
  ])('71: that %s is refused', async (_, fields, description) => {
    const someone = await payer(world);
    const answer = await patches(someone, fields);
    expect(answer).toMatchObject({ status: 400, body: { result: 'error' } });
    expect(answer.body['error_description']).toBe(description);
    const page = await submits(someone, fields);
    expect(page.status).toBe(400);
    expect(page.text).toContain('class="notice error" role="alert"');
    expect(await someone.someone.plan()).toMatchObject({ status: 1, automanage_licenses: true });
  });
});

describe('the frequency', () => {
  /** What is chosen in the form, and the date line. */
  const shown = (text: string) => ({
    chosen: /<option value="\d" selected>(\w+)/.exec(text)?.[1],
    coming: /<p>(\w+ from [^<]*)<\/p>/.exec(text)?.[1],
  });
  const chooses = ({ browser, base }: Managed, frequency: number) =>
    browser.submit(`${base}/billing/frequency/`, { frequency });

  it('72: changes at the end of the period, and back', async () => {
    const someone = await payer(world);
    expect(shown((await billing(someone)).text)).toEqual({ chosen: 'Monthly', coming: undefined });
    expect(await chooses(someone, annual)).toMatchObject({ status: 303, location: `${someone.base}/billing/` });
    const queued = await billing(someone);
    expect(queued.words).toContain('Billing frequency updated.');
    expect(queued.words).toContain('Expected charge: $336.00 $42.00 × 8 licenses for 12 months');
    expect(shown(queued.text)).toEqual({
      chosen: 'Annual',
      coming: 'Annual from February 2, 2012 on; Monthly until then.',
    });
    expect(await someone.someone.plan()).toMatchObject({ status: 4 });
    expect((await chooses(someone, monthly)).status).toBe(303);
    expect(shown((await billing(someone)).text)).toEqual({ chosen: 'Monthly', coming: undefined });
    expect(await someone.someone.plan()).toMatchObject({ status: 1 });
  });

  it('73: changes at once in a trial, whose end stays', async () => {
    const someone = await trying(world);
    expect((await chooses(someone, annual)).status).toBe(303);
    const { text, words } = await billing(someone);
    expect(shown(text)).toEqual({ chosen: 'Annual', coming: undefined });
    expect(words).toContain('Your plan Basic (free trial)');
    expect(words).toContain('Renews automatically on February 1, 2012.');
    expect((await someone.someone.plans()).map(({ status, billing_schedule }) => [status, billing_schedule])).toEqual([
      [11, 2],
      [3, 1],
    ]);
    expect(await patches(someone, { status: 3, schedule: 2 })).toMatchObject({ status: 200 });
  });

  it.each(['', '1x', '3'])('stays where %j is sent for it', async (frequency) => {
    const someone = await payer(world);
    const answer = await someone.browser.submit(`${someone.base}/billing/frequency/`, { frequency });
    expect(answer).toMatchObject({ status: 303, location: `${someone.base}/billing/` });
    expect((await billing(someone)).words).not.toContain('updated');
    expect(await someone.someone.plan()).toMatchObject({ status: 1 });
  });
});
