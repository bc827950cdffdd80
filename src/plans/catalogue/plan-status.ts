/** Where a plan stands. Numbers below `LIVE_BELOW` are live; a customer has at most one such plan, the current one. */
export const STATUS = {
  active: 1,
  /** Cancelled; runs to the end of what is paid. */
  downgradeAtEndOfCycle: 2,
  freeTrial: 3,
  switchToAnnualAtEndOfCycle: 4,
  /** Only inside an immediate change of tier. */
  switchTierNow: 5,
  switchToMonthlyAtEndOfCycle: 6,
  downgradeAtEndOfFreeTrial: 7,
  /** Another plan, which has not started, begins where this one ends. */
  switchPlanAtPlanEnd: 8,
  ended: 11,
  neverStarted: 12,
} as const;

export type PlanStatus = (typeof STATUS)[keyof typeof STATUS];

/** Every status below this is that of a live plan. */
export const LIVE_BELOW = 10;

/** Whether the plan is the customer's current one. */
export function isLive(status: PlanStatus): boolean {
  return status < LIVE_BELOW;
}

/** Whether the plan is in its free trial, cancelled or not. */
export function isTrial(status: PlanStatus): boolean {
  return status === STATUS.freeTrial || status === STATUS.downgradeAtEndOfFreeTrial;
}

/** Whether the plan ends with its cycle or trial. */
export function isCancelled(status: PlanStatus): boolean {
  return status === STATUS.downgradeAtEndOfCycle || status === STATUS.downgradeAtEndOfFreeTrial;
}

/** How often a plan is paid. */
export const SCHEDULE = { annual: 1, monthly: 2 } as const;

export type Schedule = (typeof SCHEDULE)[keyof typeof SCHEDULE];

/** Months of one billing cycle. */
export function cycleMonths(schedule: Schedule): 12 | 1 {
  return schedule === SCHEDULE.annual ? 12 : 1;
}

/** How far the invoicing of a plan has come. */
export const INVOICING = {
  done: 1,
  /** A pass is under way, or was cut off. */
  started: 2,
  /** Nothing was billed yet: the next pass starts before the first row of the ledger. */
  initialToBeSent: 3,
} as const;

export type InvoicingStatus = (typeof INVOICING)[keyof typeof INVOICING];
