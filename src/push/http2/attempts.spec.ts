import { describe, expect, it } from 'vitest';
import type { PushOutcome } from '../push-outcome.js';
import { type Attempt, failedAttempt, withinBudget } from './attempts.js';
import { Breaker } from './breaker.js';

const delivered: PushOutcome = { kind: 'delivered' };
const later = (retryAfterSeconds?: number): PushOutcome => ({
  kind: 'try-later',
  reason: 'x',
  ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
});

function scripted(...attempts: Attempt[]) {
  let calls = 0;
  const run = async () => attempts[Math.min(calls++, attempts.length - 1)]!;
  return { run, calls: () => calls };
}
const inMillis = (millis: number) => performance.now() + millis;

describe('withinBudget', () => {
  it('tries again until it works', async () => {
    const script = scripted({ outcome: later(), again: true }, { outcome: delivered, again: false });
    expect(await withinBudget({ endsAt: inMillis(60_000) }, script.run)).toEqual(delivered);
    expect(script.calls()).toBe(2);
  });

  it('stops after three attempts', async () => {
    const script = scripted({ outcome: later(), again: true });
    expect(await withinBudget({ endsAt: inMillis(60_000) }, script.run)).toEqual(later());
    expect(script.calls()).toBe(3);
  });

  it('does not try again what may not be tried again', async () => {
    const script = scripted({ outcome: later(0), again: false });
    expect(await withinBudget({ endsAt: inMillis(60_000) }, script.run)).toEqual(later(0));
    expect(script.calls()).toBe(1);
  });

  it('honours a Retry-After inside the budget and hands on one beyond it', async () => {
    const near = scripted({ outcome: later(0), again: true }, { outcome: delivered, again: false });
    expect(await withinBudget({ endsAt: inMillis(60_000) }, near.run)).toEqual(delivered);
    const far = scripted({ outcome: later(30), again: true }, { outcome: delivered, again: false });
    expect(await withinBudget({ endsAt: inMillis(10_000) }, far.run)).toEqual(later(30));
    expect(far.calls()).toBe(1);
  });

  it('tries nothing once the budget is spent', async () => {
    const script = scripted({ outcome: delivered, again: false });
    expect(await withinBudget({ endsAt: inMillis(-1) }, script.run)).toEqual({ kind: 'try-later', reason: 'deadline' });
    expect(script.calls()).toBe(0);
  });

  it('tries nothing while the breaker is open, and says for how long', async () => {
    const breaker = new Breaker({ failures: 2, leastSpanMs: 0, firstPauseMs: 60_000, longestPauseMs: 60_000 });
    const script = scripted({ outcome: later(), again: true, verdict: 'fails' });
    const limits = () => ({ endsAt: inMillis(60_000), breaker });
    expect(await withinBudget(limits(), script.run)).toMatchObject({ kind: 'try-later', reason: 'breaker-open' });
    expect(script.calls()).toBe(2);
    const outcome = await withinBudget(limits(), script.run);
    expect(outcome.kind === 'try-later' && outcome.retryAfterSeconds).toBeGreaterThan(50);
    expect(script.calls()).toBe(2);
  });

  it('does not sit out a pause when it is given up', async () => {
    const abort = new AbortController();
    const script = scripted({ outcome: later(30), again: true });
    const outcome = withinBudget({ endsAt: inMillis(60_000), signal: abort.signal }, script.run);
    abort.abort();
    expect(await outcome).toEqual(later(30));
    expect(script.calls()).toBe(1);
  });

  it('lets a probe that throws not block the next one', async () => {
    const breaker = new Breaker({ failures: 1, leastSpanMs: 0, firstPauseMs: 0 });
    const limits = { endsAt: inMillis(60_000), breaker };
    await withinBudget(limits, scripted({ outcome: later(), again: false, verdict: 'fails' }).run);
    await expect(withinBudget(limits, () => Promise.reject(new Error('a bug')))).rejects.toThrow('a bug');
    expect(await withinBudget(limits, scripted({ outcome: delivered, again: false }).run)).toEqual(delivered);
  });
});

describe('failedAttempt', () => {
  it('allows another attempt after network faults only', () => {
    const again = (['unreachable', 'timeout', 'connection-lost', 'overloaded', 'aborted', 'closed'] as const).filter(
      (reason) => failedAttempt({ kind: 'failure', reason }).again,
    );
    expect(again).toEqual(['unreachable', 'timeout', 'connection-lost']);
  });

  it('blames the provider for a silence only where it had the request for long enough', () => {
    const verdict = (silentMs?: number) =>
      failedAttempt({ kind: 'failure', reason: 'timeout', ...(silentMs === undefined ? {} : { silentMs }) }).verdict;
    expect([verdict(), verdict(900), verdict(1000)]).toEqual(['unknown', 'unknown', 'silent']);
  });

  it('rejects what cannot be sent', () => {
    expect(failedAttempt({ kind: 'failure', reason: 'unsendable' }).outcome).toEqual({
      kind: 'rejected',
      reason: 'unsendable',
    });
  });
});
