import { describe, expect, it } from 'vitest';
import type { Chart } from './chart.js';
import { chartHtml } from './chart-html.js';

const days = (...values: (number | null)[]) =>
  values.map((value, i) => ({ day: new Date(Date.UTC(2026, 9, 30 + i)).toISOString().slice(0, 10), value }));

function aChart(given: Partial<Chart> = {}): Chart {
  return {
    id: 'pushes',
    title: 'Pushes',
    description: 'Pushes a day.',
    kind: 'lines',
    series: [
      { name: 'received', points: days(3, 1_500, 0) },
      { name: 'delivered', points: days(2, 1_200, null) },
    ],
    ...given,
  };
}

const paths = (html: string) =>
  [...html.matchAll(/<path class="([^"]+)" d="([^"]*)"/g)].map(([, kind, d]) => ({ kind, d }));

describe('a chart', () => {
  it('says in words what it is, and has all its values in a table, the newest day first', () => {
    const html = chartHtml(aChart());
    expect(html).toContain('role="img" aria-labelledby="pushes-title pushes-description"');
    expect(html).toContain('<title id="pushes-title">Pushes</title><desc id="pushes-description">Pushes a day.</desc>');
    const rows = [...html.matchAll(/<tr><th scope="row">(.*?)<\/th>(.*?)<\/tr>/g)].map(([, day, cells]) => [
      day,
      ...(cells ?? '').matchAll(/<td class="number">(.*?)<\/td>/g),
    ]);
    expect(rows.map(([day, ...cells]) => [day, ...cells.map((cell) => (cell as RegExpMatchArray)[1])])).toEqual([
      ['2026-11-01', '0', ''],
      ['2026-10-31', '1,500', '1,200'],
      ['2026-10-30', '3', '2'],
    ]);
  });

  it('needs no style and no script of its own', () => {
    for (const kind of ['lines', 'stack'] as const) {
      expect(chartHtml(aChart({ kind }))).not.toMatch(/style=|<style|<script|\son\w+=/);
    }
  });

  it('lets no text become markup', () => {
    const evil = `"><script>alert('x')</script>`;
    const html = chartHtml(
      aChart({
        title: evil,
        description: evil,
        series: [
          { name: evil, points: days(1) },
          { name: evil, points: days(2) },
        ],
      }),
    );
    expect(html).not.toContain('<script');
    expect(html).not.toContain(evil);
  });

  it('draws a line for each series, higher values higher, with a gap where nothing is known', () => {
    const [received, delivered] = paths(chartHtml(aChart()));
    expect(received?.kind).toBe('chart-line chart-stroke-1');
    const heights = [...(received?.d ?? '').matchAll(/[ML][\d.]+,([\d.]+)/g)].map(([, y]) => Number(y));
    expect(heights).toHaveLength(3);
    expect(heights[1]).toBeLessThan(heights[0] ?? 0);
    expect(heights[0]).toBeLessThan(heights[2] ?? 0);
    expect([...(delivered?.d ?? '').matchAll(/[ML]/g)]).toHaveLength(2);
  });

  it('puts the parts of a whole upon one another, and draws nothing for nothing', () => {
    const [below, above] = paths(chartHtml(aChart({ kind: 'stack' })));
    expect(below?.kind).toBe('chart-fill-1');
    expect([...(below?.d ?? '').matchAll(/M/g)]).toHaveLength(2);
    const top = (d = '') => [...d.matchAll(/V([\d.]+)/g)].map(([, y]) => Number(y));
    const bottom = (d = '') => [...d.matchAll(/M[\d.]+,([\d.]+)/g)].map(([, y]) => Number(y));
    expect(bottom(above?.d)).toEqual(top(below?.d));
  });

  it.each([
    ['no day', []],
    ['one day', days(5)],
    ['nothing but zeros', days(0, 0)],
    ['nothing known', days(null, null)],
  ])('can be drawn with %s', (_what, points) => {
    for (const kind of ['lines', 'stack'] as const) {
      expect(chartHtml(aChart({ kind, series: [{ name: 'a', points }] }))).not.toMatch(/NaN|Infinity|undefined/);
    }
  });

  it('marks a day that stands alone', () => {
    const html = chartHtml(aChart({ series: [{ name: 'a', points: days(null, 4, null) }] }));
    expect([...html.matchAll(/<circle /g)]).toHaveLength(1);
  });

  it('refuses more series than can be told apart', () => {
    const series = Array.from({ length: 7 }, (_, i) => ({ name: `${i}`, points: days(1) }));
    expect(() => chartHtml(aChart({ series }))).toThrow('at most 6 series');
  });
});
