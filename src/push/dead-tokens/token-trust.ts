import type { PushOutcome } from '../push-outcome.js';

/** Tokens remembered of each kind: some megabytes at most. */
const MAX_TOKENS = 50_000;
/** A device registered longer ago than this is not new. */
const NEW_MS = 86_400_000;
/** For how long a token that was declared dead is not trusted again. */
const REJECTED_MS = 3_600_000;

/**
 * Says which tokens may use the connections that matter. Apple allows a connection fewer streams after many bad tokens on it, so a
 * token that was just declared dead, or is new and has reached no phone yet, goes by connections of its own. Remembers what this
 * process saw, newest last; what falls out at the bound is judged by its registration alone.
 */
export class TokenTrust {
  /** New tokens that were delivered to. Old ones need no memory. */
  readonly #delivered = new Set<string>();
  /** Dead tokens and when they were called so. */
  readonly #rejected = new Map<string, number>();

  constructor(private readonly most = MAX_TOKENS) {}

  /** `registeredAt`: undefined where that is not known; then the token counts as old. `now`: milliseconds since the epoch. */
  trusts(token: string, registeredAt: Date | undefined, now: number): boolean {
    if (this.#rejected.size > 0) {
      const at = this.#rejected.get(token);
      if (at !== undefined && now - at < REJECTED_MS) return false;
    }
    return registeredAt === undefined || now - registeredAt.getTime() >= NEW_MS || this.#delivered.has(token);
  }

  /** Learns from an outcome; `trusted` is what `trusts` had answered for this delivery. */
  learn(token: string, trusted: boolean, outcome: PushOutcome, now: number): void {
    if (outcome.kind === 'token-gone') {
      this.#delivered.delete(token);
      this.#rejected.delete(token);
      this.#rejected.set(token, now);
      if (this.#rejected.size > this.most) dropOldest(this.#rejected);
    } else if (outcome.kind === 'delivered' && !trusted) {
      this.#rejected.delete(token);
      this.#delivered.add(token);
      if (this.#delivered.size > this.most) dropOldest(this.#delivered);
    }
  }
}

/** Maps and sets keep the order of insertion. */
function dropOldest(tokens: Set<string> | Map<string, number>): void {
  for (const token of tokens.keys()) {
    tokens.delete(token);
    return;
  }
}
