import type { PushDay } from '../../registration/counts/push-history.js';
import type { Chart } from '../../sessions/charts/chart.js';

/** What is drawn of the last days' pushes: how many there were, and what became of them. */
export function pushCharts(days: readonly PushDay[]): readonly Chart[] {
  const series = (name: string, value: (day: PushDay) => number) => ({
    name,
    points: days.map((day) => ({ day: day.day, value: value(day) })),
  });
  return [
    {
      id: 'pushes',
      title: 'Pushes per day',
      description: `Pushes that the server handed over, one for each device, and those that Apple and Google took, in ${days.length} days.`,
      kind: 'lines',
      series: [series('received', ({ received }) => received), series('delivered', ({ delivered }) => delivered)],
    },
    {
      id: 'outcomes',
      title: 'What became of them',
      description: `Pushes by outcome, in ${days.length} days. One that was put off counts with each try.`,
      kind: 'stack',
      series: [
        series('delivered', ({ delivered }) => delivered),
        series('app gone', ({ failed }) => failed['token-gone']),
        series('refused', ({ failed }) => failed.rejected),
        series('put off', ({ failed }) => failed['try-later']),
        series('no access', ({ failed }) => failed['not-configured']),
      ],
    },
  ];
}
