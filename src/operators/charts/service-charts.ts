import { Inject, Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import { Clock } from '../../common/clock.js';
import { TIER, tierName } from '../../plans/catalogue/tiers.js';
import { PUSH_FAILURE_KINDS } from '../../registration/counts/push-failures.recorder.js';
import type { Chart } from '../../sessions/charts/chart.js';
import { shortMoney } from '../../sessions/pages/formats.js';
import { type DailyFigure, FLOW_FIGURES } from '../totals/daily-figures.js';
import { type DayRange, dayOf, daysAfter, seriesOver } from './chart-range.js';
import { FAILURE_NAMES } from './failure-names.js';

interface TotalsChart extends Omit<Chart, 'series'> {
  readonly series: readonly (readonly [name: string, figure: DailyFigure])[];
}

const PLAN_TIERS = [TIER.complimentary, TIER.community, TIER.basic, TIER.business, TIER.enterprise] as const;

const CHARTS: readonly TotalsChart[] = [
  {
    id: 'servers',
    title: 'Servers and organizations',
    description: 'Servers that are active, and the organizations on them.',
    kind: 'lines',
    series: [
      ['servers', 'servers'],
      ['organizations', 'realms'],
    ],
  },
  {
    id: 'users',
    title: 'Users',
    description: 'Users whom servers report, guests among them, and users who have a device.',
    kind: 'lines',
    series: [
      ['users', 'users'],
      ['guests', 'guests'],
      ['mobile users', 'mobile-users'],
    ],
  },
  {
    id: 'devices',
    title: 'Devices',
    description: 'Devices by platform.',
    kind: 'stack',
    series: [
      ['Apple', 'apple-devices'],
      ['Android', 'google-devices'],
    ],
  },
  {
    id: 'pushes',
    title: 'Pushes',
    description: 'Devices that notifications were for, and those that Apple and Google took a message for.',
    kind: 'lines',
    series: [
      ['received', 'pushes-received'],
      ['delivered', 'pushes-delivered'],
    ],
  },
  {
    id: 'failures',
    title: 'Pushes not delivered',
    description: 'What became of the messages that Apple and Google did not take; each try counts.',
    kind: 'stack',
    series: PUSH_FAILURE_KINDS.map((kind) => [FAILURE_NAMES[kind], `failed-${kind}`] as const),
  },
  {
    id: 'plans',
    title: 'Plans',
    description: 'Live plans by tier.',
    kind: 'stack',
    series: PLAN_TIERS.map((tier) => [tierName(tier), `plans-${tier}`] as const),
  },
  {
    id: 'revenue',
    title: 'Annual recurring revenue',
    description: 'What all live plans bring in a year, in US dollars.',
    kind: 'lines',
    format: shortMoney,
    series: [['revenue', 'annual-revenue']],
  },
];

const READ = 'SELECT day::text, figure, value::double precision AS value FROM daily_totals WHERE day BETWEEN $1 AND $2';

/** How the whole service went, day by day, from the figures that were kept. */
@Injectable()
export class ServiceCharts {
  constructor(
    @InjectDataSource() private readonly database: DataSource,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  /** All charts of so many days up to today. One statement. */
  async ofDays(days: number): Promise<Chart[]> {
    const to = dayOf(this.clock.now());
    const range: DayRange = { from: daysAfter(to, 1 - days), to };
    const rows = await this.database.query<{ day: string; figure: DailyFigure; value: number }[]>(READ, [
      range.from,
      to,
    ]);
    const values = new Map<DailyFigure, Map<string, number>>();
    for (const { day, figure, value } of rows) {
      const own = values.get(figure) ?? new Map<string, number>();
      values.set(figure, own.set(day, value));
    }
    return CHARTS.map(({ series, ...chart }) => ({
      ...chart,
      series: series.map(([name, figure]) =>
        seriesOver(range, isFlow(figure) ? 'flow' : 'state', name, values.get(figure) ?? new Map()),
      ),
    }));
  }
}

const isFlow = (figure: DailyFigure) => FLOW_FIGURES.some((each) => each === figure);
