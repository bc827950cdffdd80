import { count } from '../pages/formats.js';
import { type Chart, daysOfChart } from './chart.js';
import { chartSvg } from './chart-svg.js';
import { escaped } from './escaped.js';

/** Colours of the style sheet; what comes behind is not drawn apart, but put together by whoever makes the chart. */
export const MOST_SERIES = 6;

/**
 * A chart as HTML for the page: the picture, the legend, and everything it shows as a table, which those who cannot see the picture read.
 * Classes only: the style sheet has the colours (`views/assets/charts.css`). All texts are escaped.
 *
 * @throws Error for more series than there are colours
 */
export function chartHtml(chart: Chart): string {
  if (chart.series.length > MOST_SERIES) throw new Error(`a chart has at most ${MOST_SERIES} series`);
  return `<figure class="chart" id="${escaped(chart.id)}"><figcaption>${escaped(chart.title)}</figcaption>${chartSvg(chart)}${legend(
    chart,
  )}<details><summary>${escaped(chart.title)} as a table</summary><div class="scroll" tabindex="0" role="region" aria-label="${escaped(
    chart.title,
  )}">${table(chart)}</div></details></figure>`;
}

function legend({ series }: Chart): string {
  if (series.length < 2) return '';
  const entries = series.map(
    ({ name }, i) =>
      `<li><svg class="chart-key" aria-hidden="true" viewBox="0 0 10 10"><rect class="chart-fill-${i + 1}" width="10" height="10"/></svg> ${escaped(name)}</li>`,
  );
  return `<ul class="chart-legend">${entries.join('')}</ul>`;
}

function table(chart: Chart): string {
  const format = chart.format ?? count;
  const heads = chart.series.map(({ name }) => `<th scope="col" class="number">${escaped(name)}</th>`);
  const rows = daysOfChart(chart).map((day, i) => {
    const cells = chart.series.map(({ points }) => {
      const value = points[i]?.value ?? null;
      return `<td class="number">${value === null ? '' : escaped(format(value))}</td>`;
    });
    return `<tr><th scope="row">${escaped(day)}</th>${cells.join('')}</tr>`;
  });
  return `<table class="numbers"><thead><tr><th scope="col">Day</th>${heads.join('')}</tr></thead><tbody>${rows
    .reverse()
    .join('')}</tbody></table>`;
}
