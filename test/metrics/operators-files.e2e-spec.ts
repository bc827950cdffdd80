import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Metrics } from '../../src/health/metrics/metrics.service.js';
import { TestService } from '../support/service.js';
import { scrape } from './scrape.js';

const DASHBOARD = readFileSync('docker/grafana/dashboards/push-bouncer.json', 'utf8');
const ALERTS = readFileSync('docker/prometheus/alerts.yml', 'utf8');
const PAGE = readFileSync('docs/metrics.md', 'utf8');

/** Of the process that looks after workers alone. */
const OF_WORKERS = ['push_bouncer_workers'];

let service: TestService;
let names: string[];
beforeAll(async () => {
  service = await TestService.start({ env: { METRICS_PORT: '0' } });
  const { types } = await scrape(service.app.get(Metrics, { strict: false }).url ?? '');
  names = [...types.keys(), ...OF_WORKERS];
});
afterAll(() => service.stop());

/** The metrics that a text names. */
function named(text: string): string[] {
  const words = text.match(/\b(push_bouncer|nodejs|process)_[a-z0-9_]*[a-z0-9]/g) ?? [];
  return [...new Set(words.map((word) => word.replace(/(_duration_seconds)_(bucket|count|sum)$/, '$1')))];
}

it.each([
  ['dashboard', DASHBOARD, 35],
  ['alerts', ALERTS, 12],
  ['page', PAGE, 25],
])('the %s names only metrics that there are', (_what, text, least) => {
  const used = named(text);
  expect(used.length).toBeGreaterThanOrEqual(least);
  expect(used.filter((name) => !names.includes(name))).toEqual([]);
});

it('the page lists every metric of ours', () => {
  const endings = [...PAGE.matchAll(/…(_[a-z_]+)/g)].map(([, ending]) => ending ?? '');
  const listed = new Set(named(PAGE));
  const own = names.filter((name) => name.startsWith('push_bouncer_'));
  expect(own.filter((name) => !listed.has(name) && !endings.some((ending) => name.endsWith(ending)))).toEqual([]);
});

it('the page says of every alert what to look at', () => {
  const alerts = [...ALERTS.matchAll(/- alert: (\w+)/g)].map(([, name]) => name);
  expect(alerts.length).toBeGreaterThan(10);
  expect([...PAGE.matchAll(/^\| `(PushBouncer\w+)`/gm)].map(([, name]) => name)).toEqual(alerts);
});

it('the parts of the dashboard lie beside one another, each with a query', () => {
  const { panels } = JSON.parse(DASHBOARD) as {
    panels: {
      id: number;
      type: string;
      gridPos: { x: number; y: number; w: number; h: number };
      targets?: { expr: string }[];
    }[];
  };
  expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
  const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
    Array.from({ length: w * h }, (_, i) => `${x + (i % w)} ${y + Math.floor(i / w)}`),
  );
  expect(new Set(cells).size).toBe(cells.length);
  const silent = panels.filter(({ type, targets = [] }) => type !== 'row' && !targets.some(({ expr }) => expr !== ''));
  expect(silent).toEqual([]);
});
