import { Logger } from '@nestjs/common';
import type { FastifyInstance } from 'fastify';
import { RefusalTally } from './rate-limit/refusal-tally.js';
import { notesOf } from './request.js';

/**
 * One line per request: method, route (never the URL: queries may carry tokens), status, time, request id, server id, and by its
 * name in the catalogue the error that was answered. Successes are logged at `debug`, since a busy service answers thousands a second;
 * where they would not be written they cost nothing. Of a server beyond its rate limit the first refusal is logged, and then one sum a
 * minute.
 */
export function installRequestLog(fastify: FastifyInstance, successes: boolean): void {
  const logger = new Logger('Requests');
  const refusals = new RefusalTally(({ who, refused }) =>
    logger.log('further requests refused by the rate limit', { who, refused }),
  );
  fastify.addHook('onResponse', (request, reply, done) => {
    if (!successes && reply.statusCode < 400) return done();
    const { serverId, error, heldMillis } = notesOf(request);
    const route = request.routeOptions.url ?? 'unknown';
    if (error === 'rate.limited' && !refusals.add(serverId ?? route)) return done();
    logger[levelOf(reply.statusCode)]('request', {
      method: request.method,
      route,
      status: reply.statusCode,
      milliseconds: Math.round(reply.elapsedTime),
      ...(heldMillis === undefined ? {} : { ofThemHeld: Math.round(heldMillis) }),
      requestId: request.id,
      serverId,
      error,
    });
    done();
  });
  fastify.addHook('onClose', (_instance, done) => {
    refusals.stop();
    done();
  });
}

function levelOf(status: number): 'debug' | 'log' | 'warn' {
  if (status >= 500) return 'warn';
  return status >= 400 ? 'log' : 'debug';
}
