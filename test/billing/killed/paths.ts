import { expect } from 'vitest';
import { SCHEDULE, STATUS } from '../../../src/plans/catalogue/plan-status.js';
import { PlanUpdates } from '../../../src/plans/changes/plan-updates.js';
import type { PurchaseRequest } from '../../../src/plans/purchase/purchase-request.js';
import { M1, T0 } from '../../support/sample-plan.js';
import {
  anOrganization,
  BUSINESS,
  BY_INVOICE,
  buys,
  END,
  getsBusiness,
  givesCard,
  grows,
  isInvoiced,
  isVoided,
  MIDDLE,
  onTrial,
  pays,
  renews,
  setsNext,
  uploads,
  withBusiness,
} from './deeds.js';
import { NOTHING } from './outcome.js';
import type { Path } from './path.js';

const byCard: Path = {
  name: 'a purchase by card',
  arrange: (stage) => anOrganization(stage, 20),
  at: T0,
  async course(scene) {
    await buys(scene, BUSINESS);
    await scene.stage.deliver(scene.someone);
  },
  again: (scene) => buys(scene, BUSINESS),
  outcome: {
    ...NOTHING,
    plan: [104, 2, 1, '2012-02-02'],
    ledger: ['R 25,25'],
    invoices: ['paid 25 × 800, -2000'],
    charged: 18_000,
    months: 11,
    planType: 104,
    mayPush: true,
  },
};

const { again: _, ...byCardOnce } = byCard;

const byInvoice: Path = {
  ...byCard,
  name: 'a purchase by invoice, of somebody whom Stripe does not know',
  arrange: ({ world }) => world.organization(20),
  async course(scene) {
    await buys(scene, { ...BUSINESS, ...BY_INVOICE, licenses: 25 });
    await pays(scene);
  },
  async again(scene) {
    await buys(scene, { ...BUSINESS, ...BY_INVOICE, licenses: 25 }).finally(() => pays(scene));
  },
};

const refused: Path = {
  ...byCard,
  name: 'a purchase by a card that is refused',
  arrange: (stage) => anOrganization(stage, 20, '4000000000000341'),
  async course(scene) {
    await expect(buys(scene, BUSINESS)).rejects.toThrow('billing.refused');
    await scene.stage.deliver(scene.someone);
  },
  outcome: NOTHING,
};

const trialByCard: Path = {
  name: 'the start of a trial by card',
  arrange: (stage) => anOrganization(stage, 18),
  at: T0,
  course: (scene) => buys(scene, {}),
  again: (scene) => buys(scene, {}),
  outcome: { ...NOTHING, plan: [103, 2, 3, '2012-02-01'], ledger: ['R 18,18'], planType: 103, mayPush: true },
};

const TRIAL_BY_INVOICE: Partial<PurchaseRequest> = { ...BY_INVOICE, licenses: 18 };

const trialByInvoice: Path = {
  ...trialByCard,
  name: 'the start of a trial by invoice',
  course: (scene) => buys(scene, TRIAL_BY_INVOICE),
  again: (scene) => buys(scene, TRIAL_BY_INVOICE),
  outcome: { ...trialByCard.outcome, invoices: ['open 18 × 350, -2000'], months: 11 },
};

const trialChange: Path = {
  ...trialByInvoice,
  name: 'another number of licenses for a trial by invoice',
  arrange: (stage) => onTrial(stage, TRIAL_BY_INVOICE),
  at: MIDDLE,
  async course(scene) {
    await setsNext(scene, 25);
    await scene.stage.deliver(scene.someone);
  },
  again: (scene) => setsNext(scene, 25),
  outcome: { ...trialByInvoice.outcome, ledger: ['R 18,18', 'R 25,25'], invoices: ['open 25 × 350, -2000'] },
};

const trialEndByCard: Path = {
  name: 'the end of a trial by card',
  arrange: (stage) => onTrial(stage, {}),
  at: END,
  course: isInvoiced,
  outcome: {
    ...trialByCard.outcome,
    plan: [103, 2, 1, '2012-03-01'],
    ledger: ['R 18,18', 'R 18,18'],
    invoices: ['paid 18 × 350, -2000'],
    charged: 4_300,
    months: 11,
  },
};

const trialEndPaid: Path = {
  name: 'the end of a trial whose invoice is paid, with more licenses',
  async arrange(stage) {
    const someone = await onTrial(stage, TRIAL_BY_INVOICE);
    for (const { id } of await someone.invoices()) stage.world.stripe.payHostedInvoice(id);
    await stage.world.settled();
    await stage.world.part(PlanUpdates).update(someone.holder, { licensesAtNextRenewal: 25 });
    return someone;
  },
  at: END,
  course: isInvoiced,
  outcome: {
    ...trialEndByCard.outcome,
    ledger: ['R 18,18', '18,25', '25,25'],
    invoices: ['paid 18 × 350, -2000', 'open 7 × 350'],
  },
};

const trialEndUnpaid: Path = {
  name: 'the end of a trial whose invoice is not paid',
  arrange: (stage) => onTrial(stage, TRIAL_BY_INVOICE),
  at: END,
  course: isInvoiced,
  outcome: {
    ...NOTHING,
    ledger: ['R 18,18'],
    invoices: ['open 18 × 350, -2000'],
    months: 11,
  },
};

const growth: Path = {
  name: 'growth, and its invoice',
  arrange: (stage) => withBusiness(stage, { schedule: SCHEDULE.annual }),
  at: MIDDLE,
  async course(scene) {
    const { clock } = scene.stage.world.service;
    await grows(scene);
    clock.set(M1);
    await uploads(scene);
    await isInvoiced(scene);
  },
  async again(scene) {
    await grows(scene);
    await uploads(scene);
  },
  againAt: M1,
  outcome: {
    ...byCard.outcome,
    plan: [104, 1, 1, '2012-03-02'],
    ledger: ['R 25,25', '30,30'],
    invoices: ['paid 25 × 8000, -24000', 'paid 5 × 7672'],
    charged: 176_000 + 5 * 7_672,
    months: 0,
  },
};

const renewal: Path = {
  name: 'a renewal by card',
  arrange: (stage) => withBusiness(stage, {}),
  at: M1,
  course: isInvoiced,
  outcome: {
    ...byCard.outcome,
    plan: [104, 2, 1, '2012-03-02'],
    ledger: ['R 25,25', 'R 25,25'],
    invoices: ['paid 25 × 800, -2000', 'paid 25 × 800, -2000'],
    charged: 36_000,
    months: 10,
  },
};

const scheduleChange: Path = {
  ...renewal,
  name: 'a change from monthly to annual',
  async arrange(stage) {
    const someone = await withBusiness(stage, {});
    const status = STATUS.switchToAnnualAtEndOfCycle;
    await stage.world.part(PlanUpdates).update(someone.holder, { status });
    return someone;
  },
  async course(scene) {
    await isInvoiced(scene);
    await isInvoiced(scene);
  },
  again: isInvoiced,
  outcome: {
    ...renewal.outcome,
    plan: [104, 1, 1, '2012-03-02'],
    ledger: ['R 25,25'],
    invoices: ['paid 25 × 800, -2000', 'paid 25 × 8000, -22000'],
    charged: 18_000 + 178_000,
    months: 0,
  },
};

const tierChange: Path = {
  name: 'a higher tier at once',
  async arrange(stage) {
    const someone = await onTrial(stage, {});
    await stage.world.part(PlanUpdates).update(someone.holder, { status: STATUS.ended });
    await someone.buys();
    await stage.world.settled();
    return someone;
  },
  at: MIDDLE,
  course: (scene) => getsBusiness(scene),
  again: (scene) => getsBusiness(scene),
  outcome: {
    ...byCard.outcome,
    plan: [104, 2, 1, '2012-02-17'],
    invoices: ['paid 18 × 350, -2000', 'paid 25 × 800, -2000'],
    // Of 43 dollars that were paid for 31 days, 16 are left.
    credits: [2_220],
    charged: 4_300 + 18_000 - 2_220,
    months: 10,
  },
};

const cardChange: Path = {
  ...renewal,
  name: 'another card, by which a renewal is paid',
  before: renews,
  course: givesCard,
  again: givesCard,
};

const downgrade: Path = {
  name: 'an end at once, and the voiding of what is open',
  arrange: (stage) => withBusiness(stage, { ...BY_INVOICE, licenses: 25 }),
  at: M1,
  before: renews,
  async course(scene) {
    await isVoided(scene);
    await scene.stage.deliver(scene.someone);
  },
  again: isVoided,
  outcome: {
    ...NOTHING,
    ledger: ['R 25,25', 'R 25,25'],
    invoices: ['paid 25 × 800, -2000'],
    charged: 18_000,
    months: 11,
  },
};

/** Every path that is tried. */
export const PATHS: readonly Path[] = [
  byCard,
  { ...byCardOnce, name: 'a purchase by card, whose buyer does not come back', otherwise: NOTHING },
  refused,
  byInvoice,
  trialByCard,
  trialByInvoice,
  trialChange,
  trialEndByCard,
  trialEndPaid,
  trialEndUnpaid,
  growth,
  renewal,
  scheduleChange,
  cardChange,
  tierChange,
  downgrade,
];
