import { STATUS } from '../../plans/catalogue/plan-status.js';
import { tierName } from '../../plans/catalogue/tiers.js';
import { money } from '../../sessions/pages/formats.js';

const STATUS_NAMES: Readonly<Record<number, string>> = {
  [STATUS.active]: 'Active',
  [STATUS.downgradeAtEndOfCycle]: 'Cancelled, ends with its cycle',
  [STATUS.freeTrial]: 'Free trial',
  [STATUS.switchToAnnualAtEndOfCycle]: 'Active, annual from its next cycle',
  [STATUS.switchTierNow]: 'Changing its tier',
  [STATUS.switchToMonthlyAtEndOfCycle]: 'Active, monthly from its next cycle',
  [STATUS.downgradeAtEndOfFreeTrial]: 'Free trial, cancelled',
  [STATUS.switchPlanAtPlanEnd]: 'Active, another plan follows',
  [STATUS.ended]: 'Ended',
  [STATUS.neverStarted]: 'Scheduled',
};

/** Where a plan stands, as operators read it. */
export function statusName(status: number): string {
  return STATUS_NAMES[status] ?? `Status ${status}`;
}

/** What there is to say of the live plans of one server or organization; at most one, unless something is wrong. */
export interface HeldPlans {
  readonly plans: number;
  readonly plan_tier: readonly number[] | null;
  readonly plan_status: readonly number[] | null;
  /** Cents a year. */
  readonly revenue: number | null;
  /** Percent of the list price; null: nothing is to be paid. */
  readonly rate: number | null;
  readonly is_fixed: boolean | null;
}

/** The four columns of the usage table that tell of plans. */
export interface PlanTexts {
  readonly plan: string;
  readonly status: string;
  readonly arr: string;
  readonly rate: string;
}

const NONE = '---';

/** Plan, status, annual revenue and rate in words. */
export function planTexts({ plans, plan_tier, plan_status, revenue, rate, is_fixed }: HeldPlans): PlanTexts {
  if (plans === 0) return { plan: NONE, status: NONE, arr: NONE, rate: NONE };
  const plan = (plan_tier ?? []).map(tierName).join(', ');
  const arr = money(revenue ?? 0);
  if (plans > 1) return { plan, status: 'ERROR: MULTIPLE PLANS', arr, rate: '' };
  return { plan, status: statusName(plan_status?.[0] ?? 0), arr, rate: rateText(rate, is_fixed === true) };
}

/** `Fixed`, `100%`, `87.50%`, or `---` where nothing is to be paid. */
function rateText(rate: number | null, isFixed: boolean): string {
  if (rate === null) return NONE;
  if (isFixed) return 'Fixed';
  return `${Number.isInteger(rate) ? rate : rate.toFixed(2)}%`;
}
