import type { IncomingMessage } from 'node:http';
import type { FastifyInstance } from 'fastify';

/** Counts the requests that are being answered, so that a stop can wait for them. */
export class RequestsInFlight {
  private count = 0;
  private draining = false;
  private whenNone: (() => void) | undefined;

  install(fastify: FastifyInstance): void {
    fastify.addHook('onRequest', (request, reply, done) => {
      this.count++;
      // Counted down when the connection is done with the answer, however it ended, and with the body.
      reply.raw.once('close', () => whenArrived(request.raw, () => this.ended()));
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

/**
 * Calls back when the whole request has come, or nothing more of it will. A request may be answered before: its connection is not idle
 * then, so Node does not close it, and a stop would wait for as long as the client likes.
 */
function whenArrived(request: IncomingMessage, callback: () => void): void {
  const { socket } = request;
  if (request.complete || socket.destroyed) {
    callback();
    return;
  }
  const arrived = () => {
    request.off('end', arrived);
    socket.off('close', arrived);
    callback();
  };
  request.once('end', arrived);
  socket.once('close', arrived);
}
