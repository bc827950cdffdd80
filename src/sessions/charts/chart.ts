/** One value of a series; null: not known, and the line has a gap there. */
export interface ChartPoint {
  /** `YYYY-MM-DD`, UTC. */
  readonly day: string;
  readonly value: number | null;
}

/** What belongs together under one name in the legend. */
export interface ChartSeries {
  readonly name: string;
  readonly points: readonly ChartPoint[];
}

/** A chart over time. All series have the same days. */
export interface Chart {
  /** Distinct within its page, of letters, digits and hyphens. */
  readonly id: string;
  readonly title: string;
  /** What is to be seen, in one sentence, for those who cannot see it. */
  readonly description: string;
  /** `lines`: each series by itself. `stack`: parts of a whole, upon one another. */
  readonly kind: 'lines' | 'stack';
  readonly series: readonly ChartSeries[];
  /** A value as people read it; with thousands separated unless said. */
  readonly format?: (value: number) => string;
}

/** The days of a chart, in their order. */
export function daysOfChart({ series }: Chart): readonly string[] {
  return series[0]?.points.map(({ day }) => day) ?? [];
}
