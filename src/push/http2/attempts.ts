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
    const admission = breaker?.admit();
    if (admission?.go === false) {
      return { kind: 'try-later', reason: 'breaker-open', retryAfterSeconds: admission.retryAfterSeconds };
    }
    // One wait for each attempt and none around it: this is what every push passes through.
    let tried: Attempt | undefined;
    try {
      tried = await attempt(Math.min(left, ATTEMPT_TIMEOUT_MS));
    } finally {
      if (admission) breaker?.settle(admission, tried?.verdict ?? 'unknown', tried && askedSeconds(tried.outcome));
    }
    const { outcome, again } = tried;
    if (!again || tries === MAX_ATTEMPTS || signal?.aborted) return outcome;
    const pause = pauseMs(outcome, tries);
    if (pause >= endsAt - performance.now()) return outcome;
    // One that is given up meanwhile ends at once.
    await sleep(pause, undefined, signal ? { signal } : {}).catch(() => undefined);
    if (signal?.aborted) return outcome;
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

function askedSeconds(outcome: PushOutcome): number | undefined {
  return outcome.kind === 'try-later' ? outcome.retryAfterSeconds : undefined;
}

function pauseMs(outcome: PushOutcome, tries: number): number {
  const asked = askedSeconds(outcome);
  // Never earlier than asked, and not all at the same moment.
  if (asked !== undefined) return asked * 1000 + Math.random() * 250;
  return FIRST_PAUSE_MS * 2 ** (tries - 1) * (0.75 + Math.random() / 2);
}
