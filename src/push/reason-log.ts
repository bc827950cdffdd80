import type { LoggerService } from '@nestjs/common';

/** Reasons remembered; what a provider sends beyond this many different ones is not logged. */
const MAX_REASONS = 200;
const REPEAT_MS = 60_000;

/**
 * Logs each reason of a provider once per process, as its bare word: an unknown reason or a broken credential is news the
 * first time and noise the thousandth. A word that is not plainly a word is not repeated, since it could carry anything.
 */
export class ReasonLog {
  readonly #seen = new Set<string>();
  #unreachableAt: number | undefined;
  #storeWorks = true;

  constructor(
    private readonly provider: string,
    private readonly logger: LoggerService,
  ) {}

  /** A reason that is not in the provider's table. */
  unknown(status: number, reason: string): void {
    const word = plainWord(reason);
    if (this.#first(`unknown ${status} ${word}`))
      this.logger.warn(`${this.provider} answered ${status} with unknown reason ${word}`);
  }

  /** Our own credentials were refused: an operator must act. */
  credential(reason: string): void {
    const word = plainWord(reason);
    if (this.#first(`credential ${word}`)) this.logger.error(`${this.provider} refused the credentials: ${word}`);
  }

  /** No connection could be made. Repeated once a minute while it lasts. */
  unreachable(code: string): void {
    const now = performance.now();
    if (this.#unreachableAt !== undefined && now - this.#unreachableAt < REPEAT_MS) return;
    this.#unreachableAt = now;
    this.logger.warn(`${this.provider} cannot be reached: ${plainWord(code)}`);
  }

  /** Sending pauses because nothing but failures came, or goes on again. */
  breaker(open: boolean): void {
    if (open) this.logger.warn(`${this.provider} keeps failing: sending to it pauses`);
    else this.logger.log(`${this.provider} answers again`);
  }

  /** The store that all nodes share the provider token by. Told once when it begins to fail. */
  tokenStore(works: boolean): void {
    if (!works && this.#storeWorks)
      this.logger.warn(`${this.provider}: this process signs a provider token of its own`);
    this.#storeWorks = works;
  }

  #first(key: string): boolean {
    if (this.#seen.has(key) || this.#seen.size >= MAX_REASONS) return false;
    this.#seen.add(key);
    return true;
  }
}

/** The reason if it is a plain word, else `unreadable`. */
export function plainWord(reason: string): string {
  return /^[A-Za-z_][A-Za-z0-9_-]{0,63}$/.test(reason) ? reason : 'unreadable';
}
