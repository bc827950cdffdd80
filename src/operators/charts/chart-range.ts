import type { ChartPoint, ChartSeries } from '../../sessions/charts/chart.js';

const DAY_MILLIS = 86_400_000;
const WEEK_DAYS = 7;
/** More days than this are shown as weeks: a point for each would be neither seen nor read. */
const MOST_DAYS = 130;
/** Longer than the service can have existed; keeps a mistyped year from asking for a million points. */
const MOST_RANGE_DAYS = 10_000;

/** Days as `YYYY-MM-DD`, UTC, both included. */
export interface DayRange {
  readonly from: string;
  readonly to: string;
}

/** What a series is: sums of what happened on each day, or how something stood then. */
export type SeriesKind = 'flow' | 'state';

/** The UTC day of an instant. */
export function dayOf(instant: Date): string {
  return instant.toISOString().slice(0, 10);
}

/** The day that lies so many days after another one; before it, if negative. */
export function daysAfter(day: string, days: number): string {
  return dayOf(new Date(Date.parse(day) + days * DAY_MILLIS));
}

/** The first instant of a day. */
export function startOf(day: string): Date {
  return new Date(`${day}T00:00:00Z`);
}

/** Whether text is a day that exists. */
export function isDay(text: string): boolean {
  return /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(text)) && dayOf(startOf(text)) === text;
}

/** Whether a range is one, and not absurdly long. */
export function isRange({ from, to }: DayRange): boolean {
  return from <= to && daysAfter(from, MOST_RANGE_DAYS) > to;
}

/** Whether a range is shown by weeks. */
export function isByWeek({ from, to }: DayRange): boolean {
  return daysAfter(from, MOST_DAYS) <= to;
}

/**
 * A series with a point for each day of a range, or for each week, named by its first day, where there are many. Where nothing is known
 * of a day, nothing happened on it; how something stood is not known then.
 */
export function seriesOver(
  range: DayRange,
  kind: SeriesKind,
  name: string,
  values: ReadonlyMap<string, number>,
): ChartSeries {
  const step = isByWeek(range) ? WEEK_DAYS : 1;
  const points: ChartPoint[] = [];
  for (let day = range.from; day <= range.to; day = daysAfter(day, step)) {
    const known = Array.from({ length: step }, (_, i) => values.get(daysAfter(day, i))).filter((v) => v !== undefined);
    const value = kind === 'flow' ? known.reduce((sum, each) => sum + each, 0) : (known.at(-1) ?? null);
    points.push({ day, value });
  }
  return { name, points };
}
