import type { Beginning, Course, Step } from './steps.js';

const WINTER = '2012-01-02T03:04:05.750Z';

const someone = (users: number, hadPlan: boolean, months = 12): Beginning => ({
  ...{ kind: 'realm', users, hadPlan, months, start: WINTER },
});

const purchase = {
  do: 'buy',
  tier: 103,
  schedule: 2,
  card: true,
  auto: true,
  extra: 0,
  atEnd: false,
  lost: false,
} as const;
const byInvoice = { ...purchase, card: false, auto: false } as const;
const wait = (hours: number, uploads = true): Step => ({ do: 'wait', hours, uploads });
const HOLD = { do: 'events', how: 'hold' } as const;
const RELEASE = { do: 'events', how: 'oldest-first' } as const;

/** Courses that found a mistake once, each shortened and named after it. */
export const KNOWN_COURSES: Readonly<Record<string, Course>> = {
  'months of discount that were given up for better prices do not come back with an invoice that is taken back': {
    beginning: someone(18, true),
    steps: [
      { ...byInvoice, schedule: 1 },
      { do: 'require', tier: 103 },
      { do: 'prices', monthly: 77, annual: 977 },
      { do: 'prices', monthly: 0, annual: 0 },
      { ...byInvoice, extra: 5 },
      { do: 'pay', which: 0 },
    ],
  },
  'a higher tier credits what was invoiced, though the price has changed since': {
    beginning: someone(18, true),
    steps: [
      purchase,
      { do: 'require', tier: 103 },
      { do: 'prices', monthly: 77, annual: 977 },
      wait(240),
      { do: 'tier', tier: 104 },
    ],
  },
  'a higher tier credits what was invoiced, though the price was lower before': {
    beginning: someone(18, true, 0),
    steps: [
      { do: 'require', tier: 103 },
      { do: 'prices', monthly: 77, annual: 977 },
      { ...purchase, schedule: 1 },
      wait(480),
      { do: 'upload', users: [30] },
      wait(480),
      { do: 'job' },
      { do: 'prices', monthly: 0, annual: 0 },
      { do: 'tier', tier: 104 },
    ],
  },
  'licenses beyond those of a trial that is paid are billed, though nobody had told of the payment': {
    beginning: someone(10, false),
    steps: [
      { ...byInvoice, schedule: 1 },
      HOLD,
      { do: 'pay', which: 0 },
      { do: 'set-next', licenses: 50 },
      RELEASE,
      wait(24 * 31),
      { do: 'job' },
    ],
  },
  'an invoice that was voided is not what a repeated purchase is given': {
    beginning: someone(10, true),
    steps: [byInvoice, HOLD, { do: 'end-and-void' }, byInvoice, RELEASE, { do: 'pay', which: 0 }],
  },
};
