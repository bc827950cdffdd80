import { Inject, Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import { Clock } from '../../common/clock.js';
import { PUSH_FAILURE_KINDS } from '../../registration/counts/push-failures.recorder.js';
import { type PushDay, PushHistory } from '../../registration/counts/push-history.js';
import type { Registrant } from '../../registration/registrants/registrant.js';
import type { Chart, ChartSeries } from '../../sessions/charts/chart.js';
import { MOST_SERIES } from '../../sessions/charts/chart-html.js';
import { type DayRange, dayOf, daysAfter, isRange, seriesOver, startOf } from './chart-range.js';
import { COUNT_CHARTS, type CountChart, type CountedSeries, propertiesOf } from './count-charts.js';
import { FAILURE_NAMES } from './failure-names.js';

/** Why there is no chart. `no-data`: the server uploads no statistics, which is its right. */
export type ChartProblem = 'unknown-chart' | 'start-after-end' | 'no-data';

/** A chart, or why there is none. */
export type ChartAnswer = Chart | { readonly problem: ChartProblem };

/** What somebody wants to see; absent ends: from the first upload, to the last. */
export interface WantedRange {
  readonly start?: string;
  readonly end?: string;
}

interface CountRow {
  readonly day: string;
  readonly property: string;
  readonly subgroup: string | null;
  readonly value: number;
}

type Counts = readonly CountRow[];

/** Days of pushes that are shown where nothing else is wanted. */
const PUSH_DAYS = 90;

const idOf = (registrant: Registrant) => ('serverId' in registrant ? registrant.serverId : registrant.realmId);

/**
 * Counts by the UTC day in which their interval lies: they bear its end, so one that ends at midnight is of the day before. They are looked
 * up in two ways because their indexes are in two parts, with and without subgroup.
 */
const byDay = (table: string, owner: string) => {
  const part = (condition: string) => `
    SELECT ((end_time AT TIME ZONE 'UTC') - interval '1 microsecond')::date::text AS day, property, subgroup, value FROM ${table}
    WHERE ${owner} = $1 AND property = ANY ($2) AND subgroup ${condition} AND end_time > $3 AND end_time <= $4`;
  return `SELECT day, property, subgroup, sum(value)::double precision AS value
    FROM (${part('IS NULL')} UNION ALL ${part('IS NOT NULL')}) counts GROUP BY 1, 2, 3 ORDER BY 1`;
};

const OF_SERVER = byDay('remote_installation_counts', 'server_id');
const OF_REALM = byDay('remote_realm_counts', 'remote_realm_id');

/** Servers may date their counts as they like: what lies in the future or further back is shown only where somebody asks for it. */
const MOST_DAYS_BACK = 3_650;

/** Charts of one server or organization, from the statistics that it uploads and from its pushes. */
@Injectable()
export class EntityCharts {
  constructor(
    @InjectDataSource() private readonly database: DataSource,
    @Inject(PushHistory) private readonly pushes: PushHistory,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  /** The chart of that name: one of `COUNT_CHARTS`, `pushes` or `push-failures`. */
  async one(name: string, registrant: Registrant, wanted: WantedRange): Promise<ChartAnswer> {
    if (name === 'pushes' || name === 'push-failures') {
      const answer = await this.ofPushes(registrant, wanted);
      return 'problem' in answer ? answer : (answer.find(({ id }) => id === name) ?? { problem: 'unknown-chart' });
    }
    const chart = COUNT_CHARTS.find((each) => each.name === name);
    if (!chart) return { problem: 'unknown-chart' };
    const answer = await this.draw([chart], registrant, wanted);
    return 'problem' in answer ? answer : (answer[0] ?? { problem: 'no-data' });
  }

  /** All charts from uploads that there are data for. One statement. */
  ofCounts(registrant: Registrant, wanted: WantedRange): Promise<Chart[] | { readonly problem: ChartProblem }> {
    return this.draw(COUNT_CHARTS, registrant, wanted);
  }

  /** Pushes received and delivered, and what became of the others. Two statements. */
  async ofPushes(
    registrant: Registrant,
    { start, end }: WantedRange,
  ): Promise<Chart[] | { readonly problem: ChartProblem }> {
    const to = end ?? dayOf(this.clock.now());
    const range = { from: start ?? daysAfter(to, 1 - PUSH_DAYS), to };
    if (!isRange(range)) return { problem: 'start-after-end' };
    return pushCharts(range, await this.pushes.ofDays(registrant, range));
  }

  private async draw(
    charts: readonly CountChart[],
    registrant: Registrant,
    { start, end }: WantedRange,
  ): Promise<Chart[] | { readonly problem: ChartProblem }> {
    if (start && end && !isRange({ from: start, to: end })) return { problem: 'start-after-end' };
    const today = dayOf(this.clock.now());
    const rows = await this.database.query<CountRow[]>('serverId' in registrant ? OF_SERVER : OF_REALM, [
      idOf(registrant),
      charts.flatMap(propertiesOf),
      startOf(start ?? daysAfter(today, -MOST_DAYS_BACK)),
      startOf(daysAfter(end ?? today, 1)),
    ]);
    const range = { from: start ?? rows[0]?.day ?? '', to: end ?? rows.at(-1)?.day ?? '' };
    if (rows.length === 0 || !isRange(range)) return { problem: 'no-data' };
    const drawn = charts.filter((chart) => rows.some(({ property }) => propertiesOf(chart).includes(property)));
    return drawn.length === 0 ? { problem: 'no-data' } : drawn.map((chart) => toChart(chart, range, rows));
  }
}

function toChart(chart: CountChart, range: DayRange, rows: Counts): Chart {
  const { name, title, description, kind, values } = chart;
  const series = chart.series
    ? chart.series.map((each) => seriesOver(range, values, each.name, valuesOf(each, rows)))
    : largest(rows.filter(({ property }) => property === chart.property)).map(([part, sums]) =>
        seriesOver(range, values, part, sums),
      );
  return { id: name, title, description, kind, series };
}

function valuesOf({ properties, subgroups }: CountedSeries, rows: Counts): Map<string, number> {
  const property = properties.find((each) => rows.some((row) => row.property === each));
  const own = rows.filter(
    (row) => row.property === property && (subgroups ? subgroups.includes(row.subgroup ?? '') : row.subgroup === null),
  );
  return sumByDay(own);
}

/** The subgroups with the highest sums, and the rest together. */
function largest(rows: Counts): [string, Map<string, number>][] {
  const sums = new Map<string, number>();
  for (const { subgroup, value } of rows) sums.set(subgroup ?? '', (sums.get(subgroup ?? '') ?? 0) + value);
  const order = [...sums].sort(([, a], [, b]) => b - a).map(([subgroup]) => subgroup);
  const apart = order.length > MOST_SERIES ? order.slice(0, MOST_SERIES - 1) : order;
  const parts = apart.map((subgroup): [string, Map<string, number>] => [
    `client ${subgroup}`,
    sumByDay(rows.filter((row) => (row.subgroup ?? '') === subgroup)),
  ]);
  const rest = rows.filter(({ subgroup }) => !apart.includes(subgroup ?? ''));
  return rest.length > 0 ? [...parts, ['all others', sumByDay(rest)]] : parts;
}

function sumByDay(rows: Counts): Map<string, number> {
  const sums = new Map<string, number>();
  for (const { day, value } of rows) sums.set(day, (sums.get(day) ?? 0) + value);
  return sums;
}

function pushCharts(range: DayRange, days: readonly PushDay[]): Chart[] {
  const over = (name: string, value: (day: PushDay) => number): ChartSeries =>
    seriesOver(range, 'flow', name, new Map(days.map((day) => [day.day, value(day)])));
  return [
    {
      id: 'pushes',
      title: 'Pushes',
      description: 'Devices that notifications were for, and those that Apple and Google took a message for.',
      kind: 'lines',
      series: [over('received', ({ received }) => received), over('delivered', ({ delivered }) => delivered)],
    },
    {
      id: 'push-failures',
      title: 'Pushes not delivered',
      description: 'What became of the messages that Apple and Google did not take; each try counts.',
      kind: 'stack',
      series: PUSH_FAILURE_KINDS.map((kind) => over(FAILURE_NAMES[kind], ({ failed }) => failed[kind])),
    },
  ];
}
