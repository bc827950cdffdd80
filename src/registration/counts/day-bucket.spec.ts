import { expect, it } from 'vitest';
import { endOfUtcDay } from './day-bucket.js';

it.each([
  ['2026-05-17T12:00:00Z', '2026-05-18T00:00:00Z'],
  ['2026-05-17T00:00:00.001Z', '2026-05-18T00:00:00Z'],
  ['2026-05-17T23:59:59.999Z', '2026-05-18T00:00:00Z'],
  ['2026-05-18T00:00:00Z', '2026-05-18T00:00:00Z'],
  ['2026-05-17T23:30:00-03:00', '2026-05-19T00:00:00Z'],
  ['2024-02-29T08:00:00Z', '2024-03-01T00:00:00Z'],
  ['2026-12-31T08:00:00Z', '2027-01-01T00:00:00Z'],
])('the UTC day of %s ends at %s', (instant, end) => {
  expect(endOfUtcDay(new Date(instant))).toEqual(new Date(end));
});
