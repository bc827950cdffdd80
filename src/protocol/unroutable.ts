import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { AppError, type ErrorName } from '../common/errors.js';

/** `type/subtype` (RFC 9110, 8.3.1); what stands behind it does not matter here. */
const MEDIA_TYPE = /^\s*[\w!#$%&'*+.^`|~-]+\/[\w!#$%&'*+.^`|~-]+\s*(;|$)/;

/**
 * Answers in the protocol's envelope what Fastify refuses before it has looked for a route, such as a path with broken
 * percent-encoding. For its option `frameworkErrors`.
 */
export function answerUnroutable(_error: Error, _request: FastifyRequest, reply: FastifyReply): void {
  refuse(reply, 'http.bad-request');
}

/**
 * Takes what Node and Fastify would refuse in words of their own: an `Expect` that nobody knows is passed over (RFC 9110, 10.1.1
 * leaves that to the server), and a `Content-Type` that is none counts as bytes, since endpoints know what they read. A request
 * without `Host` is refused (RFC 9112, 3.2), in the envelope; it needs Node's `requireHostHeader` off.
 */
export function installTolerance(fastify: FastifyInstance): void {
  fastify.server.on('checkExpectation', (request, response) => fastify.server.emit('request', request, response));
  fastify.addHook('onRequest', (request, reply, done) => {
    const { headers, httpVersion } = request.raw;
    if (headers.host === undefined && httpVersion === '1.1') return refuse(reply, 'http.bad-request');
    const type = headers['content-type'];
    if (type !== undefined && !MEDIA_TYPE.test(type)) headers['content-type'] = 'application/octet-stream';
    done();
  });
}

function refuse(reply: FastifyReply, name: ErrorName): void {
  const answer = new AppError(name);
  reply.status(answer.status).header('Content-Type', 'application/json').send(JSON.stringify(answer.toBody()));
}
