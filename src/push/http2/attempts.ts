import { setTimeout as sleep } from 'node:timers/promises';
import type { PushOutcome } from '../push-outcome.js';
import type { Breaker, Verdict } from './breaker.js';
import type { Http2Result } from './http2-request.js';

/** One try of a delivery. */
export interface Attempt {
  readonly outcome: PushOutcome;
  /** Whether trying again at once, after a pause, could help and is allowed. */
  readonly again: boolean;
  /** What it says of the provider as a whole; absent: nothing. */
  readonly verdict?: Verdict;
}

/** The attempt that worked. */
export const DELIVERED: Attempt = { outcome: { kind: 'delivered' }, again: false, verdict: 'works' };

/** Limits of a delivery's attempts. */
export interface AttemptLimits {
  /** On `performance.now()`'s scale, milliseconds. */
  readonly endsAt: number;
  readonly signal?: AbortSignal | undefined;
  readonly breaker?: Breaker | undefined;
}

const MAX_ATTEMPTS = 3;
const FIRST_PAUSE_MS = 250;
/** Longest wait for one answer, so that one silent connection cannot use up a whole budget. */
const ATTEMPT_TIMEOUT_MS = 5000;
/** A silence shorter than this says nothing of a provider. */
const TELLING_SILENCE_MS = 1000;

/**
 * Tries a delivery up to three times before its end, as long as its attempts allow it and the breaker is closed. The pause is what
 * the provider asked for, or grows from a quarter of a second; where it would reach past the end, the last outcome stands.
 */
export async function withinBudget(
  { endsAt, signal, breaker }: AttemptLimits,
  attempt: (timeoutMs: number) => Promise<Attempt>,
): Promise<PushOutcome> {
  for (let tries = 1; ; tries++) {
    const left = endsAt - performance.now();
    if (left <= 0) return { kind: 'try-later', reason: 'deadline' };
    const { outcome, again } = await admitted(breaker, Math.min(left, ATTEMPT_TIMEOUT_MS), attempt);
    if (!again || tries === MAX_ATTEMPTS || signal?.aborted) return outcome;
    const pause = pauseMs(outcome, tries);
    if (pause >= endsAt - performance.now()) return outcome;
    // One that is given up meanwhile ends at once.
    await sleep(pause, undefined, signal ? { signal } : {}).catch(() => undefined);
    if (signal?.aborted) return outcome;
  }
}

/** One attempt, if the breaker lets it through; tells the breaker how it went. */
async function admitted(
  breaker: Breaker | undefined,
  timeoutMs: number,
  attempt: (timeoutMs: number) => Promise<Attempt>,
): Promise<Attempt> {
  if (!breaker) return attempt(timeoutMs);
  const admission = breaker.admit();
  if (!admission.go) {
    const { retryAfterSeconds } = admission;
    return { outcome: { kind: 'try-later', reason: 'breaker-open', retryAfterSeconds }, again: false };
  }
  let verdict: Verdict = 'unknown';
  let asked: number | undefined;
  try {
    const tried = await attempt(timeoutMs);
    verdict = tried.verdict ?? 'unknown';
    asked = tried.outcome.kind === 'try-later' ? tried.outcome.retryAfterSeconds : undefined;
    return tried;
  } finally {
    breaker.settle(admission, verdict, asked);
  }
}

/** The attempt that a request without an answer amounts to. Lost and refused connections are the pool's business. */
export function failedAttempt({ reason, silentMs = 0 }: Extract<Http2Result, { kind: 'failure' }>): Attempt {
  if (reason === 'unsendable') return { outcome: { kind: 'rejected', reason }, again: false };
  return {
    outcome: { kind: 'try-later', reason },
    again: reason === 'unreachable' || reason === 'timeout' || reason === 'connection-lost',
    verdict: silentMs >= TELLING_SILENCE_MS ? 'silent' : 'unknown',
  };
}

function pauseMs(outcome: PushOutcome, tries: number): number {
  const asked = outcome.kind === 'try-later' ? outcome.retryAfterSeconds : undefined;
  // Never earlier than asked, and not all at the same moment.
  if (asked !== undefined) return asked * 1000 + Math.random() * 250;
  return FIRST_PAUSE_MS * 2 ** (tries - 1) * (0.75 + Math.random() / 2);
}
