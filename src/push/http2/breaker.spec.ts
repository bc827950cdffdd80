import { describe, expect, it } from 'vitest';
import { Breaker, type Verdict } from './breaker.js';

function aBreaker() {
  const time = { now: 1_000_000 };
  const changes: boolean[] = [];
  const breaker = new Breaker(
    { failures: 5, silenceWeight: 2, leastSpanMs: 100 },
    (open) => changes.push(open),
    () => time.now,
  );
  const attempt = (verdict: Verdict, retryAfter?: number) => {
    const admission = breaker.admit();
    if (admission.go) breaker.settle(admission, verdict, retryAfter);
    return admission;
  };
  const fail = (times: number) => {
    for (let i = 0; i < times; i++) {
      attempt('fails');
      time.now += 50;
    }
  };
  return { breaker, time, changes, attempt, fail };
}

describe('Breaker', () => {
  it('opens after failures in a row and says how long it stays so', () => {
    const { breaker, changes, fail } = aBreaker();
    fail(4);
    expect(breaker.admit()).toEqual({ go: true, probe: false });
    fail(1);
    expect(breaker.admit()).toEqual({ go: false, retryAfterSeconds: expect.toSatisfy((s) => s === 1 || s === 2) });
    expect(changes).toEqual([true]);
    expect(breaker.snapshot()).toMatchObject({ state: 'open', failures: 5, opened: 1 });
  });

  it('counts from the start after any answer', () => {
    const { breaker, attempt, fail } = aBreaker();
    fail(4);
    attempt('works');
    fail(4);
    attempt('unknown');
    expect(breaker.snapshot()).toMatchObject({ state: 'closed', failures: 4 });
  });

  it('takes a silence for more than a failure', () => {
    const { breaker, attempt, time } = aBreaker();
    for (let i = 0; i < 3; i++) {
      attempt('silent');
      time.now += 60;
    }
    expect(breaker.snapshot().state).toBe('open');
  });

  it('does not open for what fails in one moment', () => {
    const { breaker, attempt, time } = aBreaker();
    for (let i = 0; i < 1000; i++) attempt('fails');
    expect(breaker.snapshot().state).toBe('closed');
    time.now += 100;
    attempt('fails');
    expect(breaker.snapshot().state).toBe('open');
  });

  it('lets one probe through and closes when it is answered', () => {
    const { breaker, changes, time, fail } = aBreaker();
    fail(5);
    time.now += 2000;
    const probe = breaker.admit();
    expect(probe).toEqual({ go: true, probe: true });
    expect(breaker.admit()).toEqual({ go: false, retryAfterSeconds: 1 });
    expect(breaker.snapshot().state).toBe('half-open');
    breaker.settle(probe, 'works');
    expect(breaker.admit()).toEqual({ go: true, probe: false });
    expect(changes).toEqual([true, false]);
  });

  it('stays open longer after each probe that fails, half a minute and some at most', () => {
    const { breaker, changes, time, attempt, fail } = aBreaker();
    fail(5);
    const pauses: number[] = [];
    for (let i = 0; i < 8; i++) {
      time.now += breaker.snapshot().remainingMs;
      expect(attempt('fails')).toEqual({ go: true, probe: true });
      pauses.push(breaker.snapshot().remainingMs);
    }
    const least = [2, 4, 8, 16, 30, 30, 30, 30];
    for (const [i, pause] of pauses.entries()) {
      expect(pause).toBeGreaterThanOrEqual(least[i]! * 1000);
      expect(pause).toBeLessThanOrEqual(least[i]! * 1250);
    }
    expect(changes).toEqual([true]);
  });

  it('sends another probe after one that says nothing', () => {
    const { time, attempt, fail } = aBreaker();
    fail(5);
    time.now += 2000;
    expect(attempt('unknown')).toEqual({ go: true, probe: true });
    expect(attempt('works')).toEqual({ go: true, probe: true });
    expect(attempt('works')).toEqual({ go: true, probe: false });
  });

  it('rests for as long as the provider asks, within its own limit', () => {
    const { breaker, time, attempt, fail } = aBreaker();
    fail(5);
    time.now += 2000;
    attempt('fails', 20);
    expect(breaker.snapshot().remainingMs).toBeGreaterThanOrEqual(20_000);
    time.now += 30_000;
    attempt('fails', 3600);
    expect(breaker.snapshot().remainingMs).toBeLessThanOrEqual(37_500);
  });

  it('is not opened for longer by attempts that left before it opened, and closed by their answers', () => {
    const { breaker, fail } = aBreaker();
    const early = breaker.admit();
    fail(5);
    const before = breaker.snapshot();
    breaker.settle(early, 'fails');
    expect(breaker.snapshot()).toEqual(before);
    breaker.settle(early, 'works');
    expect(breaker.snapshot().state).toBe('closed');
  });
});
