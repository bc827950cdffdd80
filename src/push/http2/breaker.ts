/** What one attempt says of the provider: it works, it fails, it did not answer in time, or nothing can be said. */
export type Verdict = 'works' | 'fails' | 'silent' | 'unknown';

/** Whether an attempt may start. `probe`: it is the one that tries a provider which failed. */
export type Admission =
  | { readonly go: true; readonly probe: boolean }
  | { readonly go: false; readonly retryAfterSeconds: number };

/** Limits of a breaker; times in milliseconds. */
export interface BreakerOptions {
  /** Failures in a row that open it; a silence counts as `silenceWeight` of them, since it costs everybody seconds. */
  readonly failures: number;
  readonly silenceWeight: number;
  /** The failures must have gone on for this long: what fails in one moment, such as all streams of a connection, is one event. */
  readonly leastSpanMs: number;
  readonly firstPauseMs: number;
  readonly longestPauseMs: number;
}

export const BREAKER_DEFAULTS: BreakerOptions = {
  failures: 20,
  silenceWeight: 4,
  leastSpanMs: 150,
  firstPauseMs: 1000,
  longestPauseMs: 30_000,
};

/** A breaker at this moment, for gauges. */
export interface BreakerSnapshot {
  readonly state: 'closed' | 'open' | 'half-open';
  /** Failures in a row. */
  readonly failures: number;
  /** How often it opened since the process started, repeated openings included. */
  readonly opened: number;
  /** Milliseconds until a probe may go; 0 unless open. */
  readonly remainingMs: number;
}

const GO: Admission = { go: true, probe: false };
const PROBE: Admission = { go: true, probe: true };

/**
 * Stops sending to a provider that answers nobody, so that notifications hear in milliseconds that they must come again and the
 * provider is left in peace. It opens after failures in a row for a growing time, then lets one probe through: an answer closes it,
 * a failure opens it for longer. What a provider says of one device is an answer like any other.
 */
export class Breaker {
  readonly #options: BreakerOptions;
  #failures = 0;
  #failingSince = 0;
  /** Openings since it last closed; 0: closed. */
  #openings = 0;
  #openUntil = 0;
  #probing = false;
  #opened = 0;

  /** `changed` is told when it opens first and when it closes; `now` is in milliseconds, on any scale that only goes forward. */
  constructor(
    options: Partial<BreakerOptions> = {},
    private readonly changed: (open: boolean) => void = () => undefined,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.#options = { ...BREAKER_DEFAULTS, ...options };
  }

  /** Asks for leave to try; every leave is to be settled. */
  admit(): Admission {
    if (this.#openings === 0) return GO;
    const remaining = this.#openUntil - this.now();
    if (remaining > 0) return { go: false, retryAfterSeconds: Math.ceil(remaining / 1000) };
    if (this.#probing) return { go: false, retryAfterSeconds: 1 };
    this.#probing = true;
    return PROBE;
  }

  /** Tells what an admitted attempt came to. `retryAfterSeconds`: what the provider asked for, if it did. */
  settle(admission: Admission, verdict: Verdict, retryAfterSeconds?: number): void {
    const probe = admission.go && admission.probe;
    if (probe) this.#probing = false;
    if (verdict === 'works') this.#works();
    else if (verdict !== 'unknown') this.#fails(verdict, probe, retryAfterSeconds);
  }

  snapshot(): BreakerSnapshot {
    const remainingMs = this.#openings === 0 ? 0 : Math.max(0, this.#openUntil - this.now());
    const state = this.#openings === 0 ? 'closed' : remainingMs > 0 ? 'open' : 'half-open';
    return { state, failures: this.#failures, opened: this.#opened, remainingMs };
  }

  #works(): void {
    this.#failures = 0;
    if (this.#openings === 0) return;
    this.#openings = 0;
    this.changed(false);
  }

  #fails(verdict: 'fails' | 'silent', probe: boolean, retryAfterSeconds: number | undefined): void {
    // Those that left before it opened say nothing new.
    if (this.#openings > 0 && !probe) return;
    const now = this.now();
    if (this.#failures === 0) this.#failingSince = now;
    this.#failures += verdict === 'silent' ? this.#options.silenceWeight : 1;
    const lasting = now - this.#failingSince >= this.#options.leastSpanMs;
    if (probe || (this.#failures >= this.#options.failures && lasting)) this.#open(now, retryAfterSeconds);
  }

  #open(now: number, retryAfterSeconds = 0): void {
    const { firstPauseMs, longestPauseMs } = this.#options;
    const grown = Math.min(firstPauseMs * 2 ** this.#openings, longestPauseMs);
    const asked = Math.min(retryAfterSeconds * 1000, longestPauseMs);
    // Stretched at random, so that many processes do not come back in step.
    this.#openUntil = now + Math.max(grown, asked) * (1 + Math.random() / 4);
    this.#opened++;
    if (++this.#openings === 1) this.changed(true);
  }
}
