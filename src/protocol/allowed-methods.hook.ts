import type { FastifyInstance } from 'fastify';
import { AppError } from '../common/errors.js';

const API_PREFIX = '/api/v1/remotes/';

/**
 * Answers a wrong method on an API path with 405 before anything else looks at the request (docs/protocol.md, Methods). Learns
 * the paths from the routes themselves; install before the routes are registered.
 */
export function installAllowedMethods(fastify: FastifyInstance): void {
  const allowed = new Map<string, Set<string>>();
  fastify.addHook('onRoute', (route) => {
    if (!route.url.startsWith(API_PREFIX)) return;
    const methods = allowed.get(route.url) ?? new Set<string>();
    for (const method of [route.method].flat()) if (method !== 'HEAD') methods.add(method);
    allowed.set(route.url, methods);
  });
  fastify.addHook('onRequest', (request, reply, done) => {
    const url = request.raw.url ?? '';
    const question = url.indexOf('?');
    const methods = allowed.get(question === -1 ? url : url.slice(0, question));
    if (!methods || methods.has(request.method)) return done();
    const names = [...methods].sort();
    const { definition } = new AppError('http.method-not-allowed');
    reply
      .status(definition.status)
      .header('Allow', names.join(', '))
      .header('Content-Type', 'application/json')
      .send(JSON.stringify({ result: 'error', msg: definition.msg, allowed_methods: names }));
  });
}
