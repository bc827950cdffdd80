import { describe, expect, it } from 'vitest';
import { countOf, latencyOf, NO_TRAFFIC, RecentTraffic, sumOf } from './recent-traffic.js';

const MINUTE = 60_000;

describe('recent traffic', () => {
  it('counts answers and what got none, and forgets them after five minutes', () => {
    let now = 100 * MINUTE;
    const traffic = new RecentTraffic(() => now);
    traffic.answered(200, 5);
    traffic.answered(200, 60);
    now += MINUTE;
    traffic.answered(403, 5);
    traffic.failed('timeout');
    expect(traffic.traffic()).toMatchObject({ answers: { 200: 2, 403: 1 }, unanswered: { timeout: 1 } });
    now += 4 * MINUTE;
    expect(traffic.traffic()).toMatchObject({ answers: { 403: 1 }, unanswered: { timeout: 1 } });
    now += MINUTE;
    expect(traffic.traffic()).toEqual(NO_TRAFFIC);
  });

  it('keeps no more than five minutes, however long it goes on', () => {
    let now = 0;
    const traffic = new RecentTraffic(() => now);
    for (let minute = 0; minute < 20; minute++, now += MINUTE) traffic.answered(200, 1);
    expect(countOf(traffic.traffic())).toBe(4);
    now -= MINUTE;
    expect(countOf(traffic.traffic())).toBe(5);
  });

  it('knows in what time a share of the answers came', () => {
    const traffic = new RecentTraffic(() => 0);
    expect(latencyOf(traffic.traffic(), 0.5)).toBeUndefined();
    for (let n = 0; n < 19; n++) traffic.answered(200, 40);
    traffic.answered(200, 20_000);
    expect(latencyOf(traffic.traffic(), 0.5)).toBe(50);
    expect(latencyOf(traffic.traffic(), 0.95)).toBe(50);
    expect(latencyOf(traffic.traffic(), 1)).toBe(Number.POSITIVE_INFINITY);
  });

  it('adds up over processes', () => {
    const one = new RecentTraffic(() => 0);
    const two = new RecentTraffic(() => 0);
    one.answered(200, 5);
    two.answered(200, 400);
    two.failed('unreachable');
    const sum = sumOf([one.traffic(), two.traffic()]);
    expect(sum).toMatchObject({ answers: { 200: 2 }, unanswered: { unreachable: 1 } });
    expect(latencyOf(sum, 1)).toBe(500);
    expect(countOf(sum, (word) => word === 'unreachable')).toBe(1);
    expect(countOf(NO_TRAFFIC)).toBe(0);
  });
});
