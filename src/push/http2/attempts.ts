import { setTimeout as sleep } from 'node:timers/promises';
import type { PushOutcome } from '../push-outcome.js';
import type { Http2FailureReason } from './http2-request.js';

/** One try of a delivery. `again`: whether trying again at once, after a pause, could help and is allowed. */
export interface Attempt {
  readonly outcome: PushOutcome;
  readonly again: boolean;
}

const MAX_ATTEMPTS = 3;
const FIRST_PAUSE_MS = 250;
/** Longest wait for one answer, so that one silent connection cannot use up a whole budget. */
const ATTEMPT_TIMEOUT_MS = 5000;

/**
 * Tries a delivery up to three times before `endsAt` (on `performance.now()`'s scale, milliseconds), as long as its attempts
 * allow it. The pause is what the provider asked for, or grows from a quarter of a second; where it would reach past the end, the
 * last outcome stands.
 */
export async function withinBudget(
  endsAt: number,
  attempt: (timeoutMs: number) => Promise<Attempt>,
  signal?: AbortSignal,
): Promise<PushOutcome> {
  for (let tries = 1; ; tries++) {
    const left = endsAt - performance.now();
    if (left <= 0) return { kind: 'try-later', reason: 'deadline' };
    const { outcome, again } = await attempt(Math.min(left, ATTEMPT_TIMEOUT_MS));
    if (!again || tries === MAX_ATTEMPTS || signal?.aborted) return outcome;
    const pause = pauseMs(outcome, tries);
    if (pause >= endsAt - performance.now()) return outcome;
    await sleep(pause);
  }
}

/** The attempt that a request without an answer amounts to. */
export function failedAttempt(reason: Http2FailureReason): Attempt {
  if (reason === 'unsendable') return { outcome: { kind: 'rejected', reason }, again: false };
  return {
    outcome: { kind: 'try-later', reason },
    again: reason === 'unreachable' || reason === 'timeout' || reason === 'connection-lost',
  };
}

function pauseMs(outcome: PushOutcome, tries: number): number {
  const asked = outcome.kind === 'try-later' ? outcome.retryAfterSeconds : undefined;
  // Never earlier than asked, and not all at the same moment.
  if (asked !== undefined) return asked * 1000 + Math.random() * 250;
  return FIRST_PAUSE_MS * 2 ** (tries - 1) * (0.75 + Math.random() / 2);
}
