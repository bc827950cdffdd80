import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyRequest, RequestPayload } from 'fastify';
import { AppError } from '../common/errors.js';

/** Route setting (`@RouteConfig(READS_OWN_BODY)`): the handler reads the body itself, after the guards, when it is ready for it. */
export const READS_OWN_BODY = { readsOwnBody: true } as const;

const unread = new WeakMap<FastifyRequest, Readable>();

/**
 * Leaves the body of routes marked with `READS_OWN_BODY` in the socket; to everybody else it looks empty. So nobody makes the service
 * hold megabytes before it knows who sends them, and waiting uploads wait on the client's side. A body announced as too large is still
 * refused at once. Install before the routes are registered.
 */
export function installOwnBody(fastify: FastifyInstance): void {
  fastify.addHook('preParsing', (request, _reply, payload, done) => {
    if ((request.routeOptions.config as Partial<typeof READS_OWN_BODY>).readsOwnBody !== true) {
      return done(null, payload);
    }
    unread.set(request, payload);
    const nothing: RequestPayload = Readable.from([]);
    // Fastify compares what was received with what was announced.
    nothing.receivedEncodedLength = Number(request.headers['content-length'] ?? 0);
    done(null, nothing);
  });
}

/**
 * Reads the body of a route that reads its own.
 *
 * @throws AppError `http.body-too-large` beyond `limit` bytes; `http.unavailable` where the rest does not come within `millis`;
 *   `http.bad-request` where the client goes away
 */
export function readOwnBody(request: FastifyRequest, limit: number, millis: number): Promise<Buffer> {
  const stream = unread.get(request);
  if (!stream) throw new Error('the route is not marked with READS_OWN_BODY');
  unread.delete(request);
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const settle = (how: () => void) => {
      clearTimeout(timer);
      stream.off('data', onData).off('end', onEnd).off('error', onGone).off('close', onGone);
      // Whatever still comes is let go, so that the answer can be read.
      stream.on('error', () => undefined).resume();
      how();
    };
    const onData = (chunk: Buffer) => {
      length += chunk.length;
      if (length > limit) settle(() => reject(new AppError('http.body-too-large')));
      else chunks.push(chunk);
    };
    const onEnd = () => settle(() => resolve(Buffer.concat(chunks, length)));
    const onGone = () => settle(() => reject(new AppError('http.bad-request')));
    // 503, since the client keeps what it has then and tries again; a 4xx makes it give up pushes.
    const onLate = () =>
      settle(() => reject(new AppError('http.unavailable', {}, {}, { 'Retry-After': '60', Connection: 'close' })));
    const timer = setTimeout(onLate, millis);
    if (stream.destroyed) onGone();
    else stream.on('data', onData).on('end', onEnd).on('error', onGone).on('close', onGone);
  });
}
