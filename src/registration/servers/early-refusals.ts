import { Inject, Injectable } from '@nestjs/common';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { ServerLimit } from '../../protocol/rate-limit/server-limit.js';
import type { LimitRefusal } from '../../protocol/rate-limit/standing-refusals.js';
import { notesOf } from '../../protocol/request.js';
import { announcedBody, answerUnread } from '../../protocol/unread-body.js';
import { canonicalUuid } from '../../protocol/wire-types.js';
import { readBasicCredentials } from './basic-credentials.js';
import { ServerAuthenticator } from './server-authenticator.js';

/**
 * Recognises requests that `ServerAuthGuard` would refuse by the rate limit, from memory alone. Whatever is not certain (who asks, the
 * key, the host, the route, the limit) is left to the guard, which decides everything else.
 */
@Injectable()
export class EarlyRefusals {
  constructor(
    @Inject(ServerAuthenticator) private readonly authenticator: ServerAuthenticator,
    @Inject(ServerLimit) private readonly limit: ServerLimit,
  ) {}

  /** Whether there may be any; costs next to nothing where no server is beyond its limit. */
  get any(): boolean {
    return this.limit.refusesAny;
  }

  /** With what this request is refused; undefined: not for certain. Notes for the log what the guard would. */
  find(request: FastifyRequest): LimitRefusal | undefined {
    const credentials = readBasicCredentials(request.headers.authorization);
    const uuid = typeof credentials === 'string' ? undefined : canonicalUuid(credentials.role);
    if (typeof credentials === 'string' || uuid === undefined) return undefined;
    // The limit before the key, which takes longer to compare: nearly all requests are of servers within their limit.
    const refusal = this.limit.refusalOf(request, uuid);
    const server = refusal && this.authenticator.recognise(request, uuid, credentials);
    if (!server) return undefined;
    const notes = notesOf(request);
    notes.serverId = server.id;
    notes.error = 'rate.limited';
    return refusal;
  }

  /** Answers with what `find` has found. */
  answer(reply: FastifyReply, refusal: LimitRefusal): void {
    this.limit.refuse(reply, refusal);
  }
}

/**
 * Refuses requests beyond a server's rate limit as soon as their head is there: before the framework, before anything is read of the
 * body. A server that sends fifty times what it may shall not take the time of all others. Install after the hooks whose answers and
 * headers come before a refusal, and before the routes are registered.
 *
 * @param refusals are there once the application is built; until then nothing is refused here
 */
export function installEarlyRefusals(fastify: FastifyInstance, refusals: () => EarlyRefusals | undefined): void {
  const { bodyLimit = 0 } = fastify.initialConfig;
  fastify.addHook('onRequest', (request, reply, done) => {
    const early = refusals();
    if (!early?.any) return done();
    const body = announcedBody(request);
    // What says itself that it is too large is told so, beyond the limit as within it.
    if (body.length !== undefined && body.length > bodyLimit) return done();
    const refusal = early.find(request);
    if (!refusal) return done();
    answerUnread(request, reply, body, bodyLimit, () => early.answer(reply, refusal));
  });
}
