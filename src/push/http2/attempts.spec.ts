import { describe, expect, it } from 'vitest';
import type { PushOutcome } from '../push-outcome.js';
import { type Attempt, failedAttempt, withinBudget } from './attempts.js';

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
    expect(await withinBudget(inMillis(60_000), script.run)).toEqual(delivered);
    expect(script.calls()).toBe(2);
  });

  it('stops after three attempts', async () => {
    const script = scripted({ outcome: later(), again: true });
    expect(await withinBudget(inMillis(60_000), script.run)).toEqual(later());
    expect(script.calls()).toBe(3);
  });

  it('does not try again what may not be tried again', async () => {
    const script = scripted({ outcome: later(0), again: false });
    expect(await withinBudget(inMillis(60_000), script.run)).toEqual(later(0));
    expect(script.calls()).toBe(1);
  });

  it('honours a Retry-After inside the budget and hands on one beyond it', async () => {
    const near = scripted({ outcome: later(0), again: true }, { outcome: delivered, again: false });
    expect(await withinBudget(inMillis(60_000), near.run)).toEqual(delivered);
    const far = scripted({ outcome: later(30), again: true }, { outcome: delivered, again: false });
    expect(await withinBudget(inMillis(10_000), far.run)).toEqual(later(30));
    expect(far.calls()).toBe(1);
  });

  it('tries nothing once the budget is spent', async () => {
    const script = scripted({ outcome: delivered, again: false });
    expect(await withinBudget(inMillis(-1), script.run)).toEqual({ kind: 'try-later', reason: 'deadline' });
    expect(script.calls()).toBe(0);
  });
});

describe('failedAttempt', () => {
  it('allows another attempt after network faults only', () => {
    const again = (['unreachable', 'timeout', 'connection-lost', 'overloaded', 'aborted', 'closed'] as const).filter(
      (reason) => failedAttempt(reason).again,
    );
    expect(again).toEqual(['unreachable', 'timeout', 'connection-lost']);
    expect(failedAttempt('unsendable').outcome).toEqual({ kind: 'rejected', reason: 'unsendable' });
  });
});
