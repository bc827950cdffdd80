import type { FastifyInstance } from 'fastify';

/**
 * Headers of every answer of the API: nothing on the way may keep it (RFC 9111), its type is plain JSON without parameters, and it carries
 * its request id, so that a log line can be found.
 */
export function installApiHeaders(fastify: FastifyInstance): void {
  fastify.addHook('onRequest', (request, reply, done) => {
    reply.header('X-Request-Id', request.id);
    if (isApi(request.raw.url)) {
      reply.header('Cache-Control', 'max-age=0, no-cache, no-store, must-revalidate, private');
      reply.header('Expires', '0');
    }
    done();
  });
  fastify.addHook('onSend', (request, reply, payload, done) => {
    // Fastify adds a charset, which JSON does not have (RFC 8259, 11).
    if (isApi(request.raw.url)) reply.header('Content-Type', 'application/json');
    done(null, payload);
  });
}

function isApi(url: string | undefined): boolean {
  return url?.startsWith('/api/v1/') === true;
}
