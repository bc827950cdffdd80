import type { FastifyInstance } from 'fastify';

/** Nothing on the way may keep an answer of the API (RFC 9111); each carries its request id, so that a log line can be found. */
export function installApiHeaders(fastify: FastifyInstance): void {
  fastify.addHook('onRequest', (request, reply, done) => {
    reply.header('X-Request-Id', request.id);
    if (request.raw.url?.startsWith('/api/v1/')) {
      reply.header('Cache-Control', 'max-age=0, no-cache, no-store, must-revalidate, private');
      reply.header('Expires', '0');
    }
    done();
  });
}
