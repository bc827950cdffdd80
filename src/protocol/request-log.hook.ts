import { Logger } from '@nestjs/common';
import type { FastifyInstance } from 'fastify';
import { notesOf } from './request.js';

/**
 * One line per request: method, route (never the URL: queries may carry tokens), status, time, request id, server id, and by its
 * name in the catalogue the error that was answered. Successes
 * are logged at `debug`, since a busy service answers thousands a second; where they would not be written they cost nothing.
 */
export function installRequestLog(fastify: FastifyInstance, successes: boolean): void {
  const logger = new Logger('Requests');
  fastify.addHook('onResponse', (request, reply, done) => {
    if (!successes && reply.statusCode < 400) return done();
    const { serverId, error } = notesOf(request);
    logger[levelOf(reply.statusCode)]('request', {
      method: request.method,
      route: request.routeOptions.url ?? 'unknown',
      status: reply.statusCode,
      milliseconds: Math.round(reply.elapsedTime),
      requestId: request.id,
      serverId,
      error,
    });
    done();
  });
}

function levelOf(status: number): 'debug' | 'log' | 'warn' {
  if (status >= 500) return 'warn';
  return status >= 400 ? 'log' : 'debug';
}
