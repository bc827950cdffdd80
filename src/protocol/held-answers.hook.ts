import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { notesOf } from './request.js';

/** Route setting (`@RouteConfig(HOLDS_RETRY_LATER)`): answers that ask for a repeat are held back for a while. */
export const HOLDS_RETRY_LATER = { holdsRetryLater: true } as const;

/** Whether that is so on the route of a request. */
export function holdsRetryLater({ routeOptions }: FastifyRequest): boolean {
  return (routeOptions.config as Partial<typeof HOLDS_RETRY_LATER>).holdsRetryLater === true;
}

/** Milliseconds from a request's arrival within which it is answered in any case: Zulip servers wait 15 s. */
const LATEST = 12_000;
/** Answers held at once; what comes beyond is answered without a pause. */
const CAPACITY = 2_000;

/** A request and its answer to be. */
export interface Asked {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

/**
 * Holds back answers that say "try again later". Zulip servers repeat a notification three times without a pause between, so an answer
 * given at once would use up all repeats within milliseconds, and a restart of the database would cost every notification of those
 * seconds. While an answer is held its server's queue waits (docs/decisions/0021).
 */
export class HeldAnswers {
  private readonly held = new Set<() => void>();
  private stopping = false;

  /** @param millis how long an answer is held; 0: not at all */
  constructor(
    private readonly millis: number,
    private readonly capacity = CAPACITY,
  ) {}

  install(fastify: FastifyInstance): void {
    if (this.millis === 0) return;
    fastify.addHook('onSend', (request, reply, payload, done) => {
      const asksForRepeat = reply.statusCode === 503 && holdsRetryLater(request);
      if (!asksForRepeat || !this.hold({ request, reply }, this.millis, () => done(null, payload))) done(null, payload);
    });
  }

  /**
   * Puts an answer off, by as much as answers are held, or `most` milliseconds.
   *
   * @param answer is called once, when the time is over, the client has gone away, or the service stops
   * @returns false where the answer must not wait; then `answer` is not called
   */
  hold({ request, reply }: Asked, most: number, answer: () => void): boolean {
    const pause = Math.min(this.millis, most, LATEST - reply.elapsedTime);
    if (pause <= 0 || this.stopping || this.held.size >= this.capacity) return false;
    const since = performance.now();
    const release = () => {
      notesOf(request).heldMillis = performance.now() - since;
      clearTimeout(timer);
      this.held.delete(release);
      reply.raw.off('close', release);
      answer();
    };
    const timer = setTimeout(release, pause);
    reply.raw.once('close', release);
    this.held.add(release);
    return true;
  }

  /** How many answers are held now. */
  get size(): number {
    return this.held.size;
  }

  /** Answers all that are held, and holds no more: the service is about to stop. */
  releaseAll(): void {
    this.stopping = true;
    for (const release of this.held) release();
  }
}
