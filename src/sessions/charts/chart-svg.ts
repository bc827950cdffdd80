import { max } from 'd3-array';
import { type ScaleLinear, scaleLinear, scaleUtc } from 'd3-scale';
import { line, stack } from 'd3-shape';
import { count } from '../pages/formats.js';
import { type Chart, daysOfChart } from './chart.js';
import { escaped } from './escaped.js';

/** Size of the picture in its own units, and what is kept free for the axes. */
const SIZE = { width: 720, height: 240 };
const FREE = { left: 80, right: 12, top: 10, bottom: 24 };
const MOST_TICKS = 5;
const DAY_MILLIS = 86_400_000;

type Scale = ScaleLinear<number, number>;

/** A tenth of a unit is not to be seen. */
const at = (value: number): string => String(Math.round(value * 10) / 10);

/** The picture of a chart. It has no size of its own, and no style but by classes. */
export function chartSvg(chart: Chart): string {
  const days = daysOfChart(chart).map((day) => Date.parse(day));
  const first = days[0] ?? 0;
  const last = days.at(-1) ?? first;
  // A bar needs the room of its day behind the last day's beginning.
  const end = chart.kind === 'stack' || last === first ? last + DAY_MILLIS : last;
  const x = scaleLinear()
    .domain([first, end])
    .range([FREE.left, SIZE.width - FREE.right]);
  const y = scaleLinear()
    .domain([0, highest(chart) || 1])
    .nice(MOST_TICKS)
    .range([SIZE.height - FREE.bottom, FREE.top]);
  const shapes = chart.kind === 'stack' ? bars(chart, days, x, y) : lines(chart, days, x, y);
  const [titleId, descriptionId] = [`${chart.id}-title`, `${chart.id}-description`].map(escaped);
  return (
    `<svg class="chart-picture" role="img" aria-labelledby="${titleId} ${descriptionId}" viewBox="0 0 ${SIZE.width} ${SIZE.height}">` +
    `<title id="${titleId}">${escaped(chart.title)}</title><desc id="${descriptionId}">${escaped(chart.description)}</desc>` +
    `${valueAxis(chart, y)}${dayAxis(x, first, end)}${shapes}</svg>`
  );
}

function highest({ kind, series }: Chart): number {
  if (kind === 'lines') return max(series.flatMap(({ points }) => points.map(({ value }) => value ?? 0))) ?? 0;
  const sums = (series[0]?.points ?? []).map((_, i) =>
    series.reduce((sum, { points }) => sum + (points[i]?.value ?? 0), 0),
  );
  return max(sums) ?? 0;
}

function lines({ series }: Chart, days: readonly number[], x: Scale, y: Scale): string {
  return series
    .map(({ points }, i) => {
      const drawn = points.map(({ value }, place): [number, number | null] => [days[place] ?? 0, value]);
      const path = line<[number, number | null]>()
        .defined(([, value]) => value !== null)
        .x(([day]) => x(day))
        .y(([, value]) => y(value ?? 0))
        .digits(1)(drawn);
      // A day between two gaps is no line: only a dot shows it.
      const lonely = drawn.flatMap(([day, value], place) =>
        value !== null && isGap(drawn[place - 1]) && isGap(drawn[place + 1])
          ? [`<circle class="chart-fill-${i + 1}" cx="${at(x(day))}" cy="${at(y(value))}" r="2.5"/>`]
          : [],
      );
      return `<path class="chart-line chart-stroke-${i + 1}" d="${path ?? ''}"/>${lonely.join('')}`;
    })
    .join('');
}

const isGap = (point: readonly [number, number | null] | undefined) => point === undefined || point[1] === null;

function bars({ series }: Chart, days: readonly number[], x: Scale, y: Scale): string {
  const values = days.map((_, i) => series.map(({ points }) => points[i]?.value ?? 0));
  const layers = stack<number[], number>()
    .keys(series.map((_, i) => i))
    .value((row, key) => row[key] ?? 0)(values);
  const step = x((days[0] ?? 0) + spacing(days)) - x(days[0] ?? 0);
  return layers
    .map((layer, i) => {
      const parts = layer.flatMap(([low, high], place) => {
        if (high <= low) return [];
        const left = x(days[place] ?? 0);
        return [`M${at(left)},${at(y(low))}h${at(step * 0.8)}V${at(y(high))}h${at(-step * 0.8)}Z`];
      });
      return `<path class="chart-fill-${i + 1}" d="${parts.join('')}"/>`;
    })
    .join('');
}

/** Points may stand for weeks. */
function spacing(days: readonly number[]): number {
  return (days[1] ?? 0) - (days[0] ?? 0) > 0 ? (days[1] ?? 0) - (days[0] ?? 0) : DAY_MILLIS;
}

function valueAxis({ format = count }: Chart, y: Scale): string {
  return y
    .ticks(MOST_TICKS)
    .filter((value) => Number.isInteger(value))
    .map((value) => {
      const height = at(y(value));
      return (
        `<line class="chart-grid" x1="${FREE.left}" x2="${SIZE.width - FREE.right}" y1="${height}" y2="${height}"/>` +
        `<text class="chart-label" x="${FREE.left - 8}" y="${height}" text-anchor="end" dominant-baseline="middle">${escaped(format(value))}</text>`
      );
    })
    .join('');
}

function dayAxis(x: Scale, first: number, end: number): string {
  const ticks = scaleUtc()
    .domain([new Date(first), new Date(end)])
    .ticks(MOST_TICKS)
    .filter((tick) => tick.getTime() % DAY_MILLIS === 0 && tick.getTime() >= first);
  const shown = ticks.length > 0 ? ticks : [new Date(first)];
  return shown
    .map((tick) => {
      const place = x(tick.getTime());
      // A label in the middle of the right edge would be cut off.
      const anchor = place > SIZE.width - FREE.right - 30 ? 'end' : 'middle';
      const day = tick.toISOString().slice(0, 10);
      return `<text class="chart-label" x="${at(place)}" y="${SIZE.height - 6}" text-anchor="${anchor}">${day}</text>`;
    })
    .join('');
}
