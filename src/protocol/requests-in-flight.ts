import type { FastifyInstance } from 'fastify';

/** Counts the requests that are being answered, so that a stop can wait for them. */
export class RequestsInFlight {
  private count = 0;
  private draining = false;
  private whenNone: (() => void) | undefined;

  install(fastify: FastifyInstance): void {
    fastify.addHook('onRequest', (_request, reply, done) => {
      this.count++;
      // Counted down when the connection is done with the answer, however it ended.
      reply.raw.once('close', () => this.ended());
      if (this.draining) reply.header('Connection', 'close');
      done();
    });
  }

  /** Resolves when no request is left, or after `limitMillis`; answers whether none was left. Asks clients to go elsewhere meanwhile. */
  async drain(limitMillis: number): Promise<boolean> {
    this.draining = true;
    if (this.count === 0) return true;
    let timer: NodeJS.Timeout | undefined;
    await Promise.race([
      new Promise<void>((resolve) => {
        this.whenNone = resolve;
      }),
      new Promise<void>((resolve) => {
        timer = setTimeout(resolve, limitMillis);
      }),
    ]);
    clearTimeout(timer);
    return this.count === 0;
  }

  private ended(): void {
    this.count--;
    if (this.count === 0) this.whenNone?.();
  }
}
