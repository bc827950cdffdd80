import { SchedulerRegistry } from '@nestjs/schedule';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addPlan } from '../plans/billing-rows.js';
import { BillingWorld } from '../support/billing.js';
import { renewal } from '../support/sample-plan.js';
import { Agreement } from './any-order/agreement.js';
import type { Book } from './any-order/book.js';
import { KNOWN_COURSES } from './any-order/known-courses.js';
import { Course } from './any-order/play.js';
import { type Beginning, courses, type Course as Steps } from './any-order/steps.js';

/**
 * Whatever a customer, the operators, Stripe and the calendar do, in whatever order, and however Stripe's events arrive: what is charged
 * is what was agreed. A second reckoning, written from the rules alone, goes along. `ANY_ORDER_SEED` chooses which courses of two years
 * are played, `ANY_ORDER_RUNS` how many, and `ANY_ORDER_SECONDS` for how long at most; a course that fails is shortened and printed, and
 * belongs into `known-courses.ts`.
 */
const RUNS = Number(process.env['ANY_ORDER_RUNS'] ?? 100);
const SECONDS = Number(process.env['ANY_ORDER_SECONDS'] ?? 120);
const SEED = Number(process.env['ANY_ORDER_SEED'] ?? 20_261_125);

let world: BillingWorld;
beforeAll(async () => {
  world = await BillingWorld.start({ FREE_TRIAL_DAYS: '30' });
  // Whatever else runs by the minute would come in between.
  const scheduler = world.service.app.get(SchedulerRegistry, { strict: false });
  for (const name of scheduler.getIntervals()) scheduler.deleteInterval(name);
  for (const name of scheduler.getCronJobs().keys()) scheduler.deleteCronJob(name);
});
afterAll(() => world.stop());

async function begin({ kind, users, hadPlan, months, start }: Beginning): Promise<[Course, Agreement]> {
  const now = new Date(start);
  world.service.clock.set(now);
  const someone = await world.organization(users, kind);
  const id = await someone.isCustomer({ flat_discounted_months: months });
  if (hadPlan) {
    world.service.clock.set('2010-01-01T00:00:00Z');
    const long = { status: 11, nextInvoiceDate: null, billingCycleAnchor: new Date('2010-01-01T00:00:00Z') } as const;
    await addPlan(world.service, id, long, [renewal(long.billingCycleAnchor, 1)]);
    world.service.clock.set(now);
  }
  const at = now.getTime();
  const book: Book = {
    ...{ now: at, months, monthly: 0, annual: 0, minimum: null, requiredTier: null, offer: null, hadPlan },
    ...{ goodCard: true, balance: 0, uploadedAt: at, reported: [{ at, users }], kind },
    ...{ plans: [], invoices: [], untold: [] },
  };
  const course = new Course(world, someone, book);
  return [course, new Agreement(course, new Date('2011-01-01T00:00:00Z'), id)];
}

const counted = new Map<string, number>();
let played = 0;

async function play({ beginning, steps }: Steps): Promise<void> {
  const [course, agreement] = await begin(beginning);
  try {
    for (const [i, step] of steps.entries()) {
      const { expected, actual } = await course.play(step);
      const which = `step ${i}, ${JSON.stringify(step)}`;
      expect(actual, `why it is refused: ${which}`).toBe(expected);
      const done = `${step.do}${expected ? ` refused: ${expected}` : ''}`;
      counted.set(done, (counted.get(done) ?? 0) + 1);
      await agreement.check().catch((error: Error) => {
        error.message = `${which}: ${error.message}`;
        throw error;
      });
    }
    await course.releaseAll();
    await agreement.check();
    played += 1;
  } finally {
    world.stripe.webhooks.clearRules();
    await world.stripe.webhooks.release();
    await world.service.rows('DELETE FROM remote_servers WHERE id = $1', [course.someone.server.id]);
  }
}

describe('a course that once went wrong', () => {
  it.each(Object.entries(KNOWN_COURSES))('%s', { timeout: 180_000 }, (_name, course) => play(course));
});

describe('any course', () => {
  it(`of up to ${RUNS} is charged as reckoned (seed ${SEED})`, { timeout: SECONDS * 1000 + 180_000 }, async () => {
    played = 0;
    counted.clear();
    await fc.assert(fc.asyncProperty(courses, play), {
      seed: SEED,
      numRuns: RUNS,
      interruptAfterTimeLimit: SECONDS * 1000,
    });
    expect(played, 'courses').toBeGreaterThan(0);
    // A test that meets nothing proves nothing.
    if (played < 40) return;
    for (const done of ['buy', 'pay', 'ask', 'add-now', 'set-next', 'tier', 'fix', 'complimentary', 'job', 'upload']) {
      expect(counted.get(done), done).toBeGreaterThan(0);
    }
  });
});
