import fc from 'fast-check';

/** One thing that happens to a customer; a course is a list of them. Plain data, so that a failing course can be kept as an example. */
export type Step =
  | {
      readonly do: 'buy';
      readonly tier: number;
      readonly schedule: 1 | 2;
      readonly card: boolean;
      readonly auto: boolean;
      /** Licenses beyond the users, where they are chosen. */
      readonly extra: number;
      readonly atEnd: boolean;
      readonly lost: boolean;
    }
  | { readonly do: 'pay'; readonly which: number }
  | { readonly do: 'ask'; readonly status: 1 | 2 | 3 | 4 | 6 | 7 | 11; readonly schedule?: 1 | 2 | undefined }
  | { readonly do: 'add-now' | 'set-next'; readonly licenses: number }
  | { readonly do: 'toggle' | 'cancel' | 'end-now' | 'end-and-void' | 'sponsor' | 'unfix' }
  | { readonly do: 'modality'; readonly card: boolean }
  | { readonly do: 'end-date' | 'complimentary'; readonly days: number }
  | { readonly do: 'fix'; readonly cents: number }
  | { readonly do: 'require'; readonly tier: number | null }
  | { readonly do: 'prices'; readonly monthly: number; readonly annual: number }
  | { readonly do: 'minimum'; readonly licenses: number }
  | { readonly do: 'tier'; readonly tier: 103 | 104 }
  | { readonly do: 'upload'; readonly users: readonly number[] }
  /** Time passes; mostly the server uploads then, though nothing has changed. */
  | { readonly do: 'wait'; readonly hours: number; readonly uploads: boolean }
  | { readonly do: 'job' }
  | { readonly do: 'upkeep' }
  | { readonly do: 'card'; readonly good: boolean }
  | { readonly do: 'events'; readonly how: 'hold' | 'oldest-first' | 'newest-first' | 'twice' | 'once' };

/** Who it happens to, and from when on. */
export interface Beginning {
  readonly kind: 'realm' | 'server';
  readonly users: number;
  /** Whether there was a plan long ago: no trial is offered. */
  readonly hadPlan: boolean;
  readonly months: number;
  readonly start: string;
}

export interface Course {
  readonly beginning: Beginning;
  readonly steps: readonly Step[];
}

const record = <T>(members: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> =>
  fc.record(members, { noNullPrototype: true }) as fc.Arbitrary<T>;
const schedule = fc.constantFrom(1 as const, 2 as const);
const tier = fc.constantFrom(103 as const, 103 as const, 104 as const);
const users = fc.oneof(fc.integer({ min: 1, max: 14 }), fc.integer({ min: 15, max: 45 }));

const buy = record({
  ...{ do: fc.constant('buy' as const), tier: fc.oneof(tier, tier, fc.constantFrom(102, 105)), schedule },
  card: fc.constantFrom(true, true, false),
  auto: fc.boolean(),
  extra: fc.integer({ min: -1, max: 12 }),
  atEnd: fc.boolean(),
  lost: fc.constantFrom(false, false, false, true),
});

const ask = record({
  do: fc.constant('ask' as const),
  status: fc.constantFrom(1 as const, 2 as const, 3 as const, 4 as const, 6 as const, 7 as const, 11 as const),
  schedule: fc.option(schedule, { nil: undefined }),
});

const uploads = fc.constantFrom(true, true, true, true, false);
const wait = (min: number, max: number) =>
  record({ do: fc.constant('wait' as const), hours: fc.integer({ min, max }), uploads });
const time = fc.oneof(wait(1, 30), wait(24, 24 * 40), wait(24 * 25, 24 * 70));

const upload = record({ do: fc.constant('upload' as const), users: fc.array(users, { maxLength: 3 }) });
const invoicing = fc.constant({ do: 'job' as const });

const customers = fc.oneof(
  { weight: 5, arbitrary: buy },
  { weight: 2, arbitrary: record({ do: fc.constant('pay' as const), which: fc.nat(3) }) },
  { weight: 4, arbitrary: ask },
  {
    weight: 3,
    arbitrary: record({
      do: fc.constantFrom('add-now' as const, 'set-next' as const),
      licenses: fc.integer({ min: 1, max: 60 }),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ do: 'toggle' as const }) },
  { weight: 1, arbitrary: record({ do: fc.constant('card' as const), good: fc.boolean() }) },
);

const number = (max: number) => fc.integer({ min: 0, max });
const agreements = fc.oneof(
  record({ do: fc.constant('fix' as const), cents: fc.constantFrom(120_000, 170_000, 60_000) }),
  record({ do: fc.constant('require' as const), tier: fc.constantFrom(103, 103, 104, 104, null, 100) }),
  record({
    do: fc.constant('prices' as const),
    monthly: fc.constantFrom(0, 300, 77),
    annual: fc.constantFrom(0, 4000, 977),
  }),
  record({ do: fc.constant('minimum' as const), licenses: number(30) }),
);
const courseOfPlans = fc.oneof(
  record({
    do: fc.constantFrom('complimentary' as const, 'end-date' as const),
    days: fc.integer({ min: -1, max: 150 }),
  }),
  record({ do: fc.constant('tier' as const), tier: fc.constantFrom(103 as const, 104 as const, 104 as const) }),
  record({ do: fc.constant('modality' as const), card: fc.boolean() }),
  fc.constantFrom({ do: 'cancel' as const }, { do: 'unfix' as const }),
);
const ends = fc.constantFrom({ do: 'end-now' as const }, { do: 'end-and-void' as const }, { do: 'sponsor' as const });
const operators = fc.oneof(
  { weight: 3, arbitrary: agreements },
  { weight: 4, arbitrary: courseOfPlans },
  { weight: 1, arbitrary: ends },
);

const stripe = fc.oneof(
  fc.constant({ do: 'upkeep' as const }),
  record({
    do: fc.constant('events' as const),
    how: fc.constantFrom(...(['hold', 'oldest-first', 'newest-first', 'twice', 'once'] as const)),
  }),
);

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: customers },
  { weight: 4, arbitrary: operators },
  { weight: 6, arbitrary: time },
  { weight: 5, arbitrary: upload },
  { weight: 5, arbitrary: invoicing },
  { weight: 2, arbitrary: stripe },
);

/** Two years are 17,532 hours: what lies beyond is left out when a course is played. */
export const HOURS = 17_532;

/** Most courses begin with a plan or with terms; else little would happen in the time there is. */
const opening: fc.Arbitrary<readonly Step[]> = fc.oneof(
  fc.constant([]),
  fc.tuple(buy),
  fc.tuple(buy, fc.constant({ do: 'pay' as const, which: 0 })),
  fc.tuple(record({ do: fc.constant('complimentary' as const), days: fc.integer({ min: 20, max: 120 }) }), buy),
  fc.tuple(
    record({ do: fc.constant('require' as const), tier: fc.constantFrom(103, 104) }),
    fc.oneof(agreements, fc.constant({ do: 'prices' as const, monthly: 77, annual: 977 })),
    agreements,
    buy,
  ),
);

const beginning = record({
  kind: fc.constantFrom('realm' as const, 'server' as const),
  users,
  hadPlan: fc.constantFrom(true, true, false),
  months: fc.constantFrom(12, 12, 12, 1, 0),
  start: fc.constantFrom('2012-01-02T03:04:05.750Z', '2012-01-31T12:00:00.250Z', '2011-12-29T23:59:59.500Z'),
});

export const courses: fc.Arbitrary<Course> = fc
  .tuple(beginning, opening, fc.array(step, { minLength: 20, maxLength: 70, size: 'max' }))
  .map(([start, first, then]) => ({ beginning: start, steps: [...first, ...then] }));
