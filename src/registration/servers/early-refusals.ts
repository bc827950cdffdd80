import { Inject, Injectable } from '@nestjs/common';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Clock } from '../../common/clock.js';
import { type Asked, type HeldAnswers, holdsRetryLater } from '../../protocol/held-answers.hook.js';
import { ServerLimit } from '../../protocol/rate-limit/server-limit.js';
import type { LimitRefusal } from '../../protocol/rate-limit/standing-refusals.js';
import { notesOf } from '../../protocol/request.js';
import { announcedBody, answerUnread } from '../../protocol/unread-body.js';
import { canonicalUuid } from '../../protocol/wire-types.js';
import { readBasicCredentials } from './basic-credentials.js';
import { ServerAuthenticator } from './server-authenticator.js';

/** Answers of one server that are put off at once: more than one that waits for its answers has workers. */
const HELD_PER_SERVER = 100;
/** A pause so short, milliseconds, is none. */
const SHORTEST_PAUSE = 50;

/** Who is refused, and with what. */
export interface EarlyRefusal {
  readonly serverId: string;
  readonly limit: LimitRefusal;
}

/**
 * Recognises requests that `ServerAuthGuard` would refuse by the rate limit, from memory alone. Whatever is not certain (who asks, the
 * key, the host, the route, the limit) is left to the guard, which decides everything else.
 */
@Injectable()
export class EarlyRefusals {
  /** How many answers of which server are put off; no entry: none. */
  private readonly heldOf = new Map<string, number>();

  constructor(
    @Inject(ServerAuthenticator) private readonly authenticator: ServerAuthenticator,
    @Inject(ServerLimit) private readonly limit: ServerLimit,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  /** Whether there may be any; costs next to nothing where no server is beyond its limit. */
  get any(): boolean {
    return this.limit.refusesAny;
  }

  /** With what this request is refused; undefined: not for certain. Notes for the log what the guard would. */
  find(request: FastifyRequest): EarlyRefusal | undefined {
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
    return { serverId: server.id, limit: refusal };
  }

  /** Answers with what `find` has found. */
  answer(reply: FastifyReply, { limit }: EarlyRefusal): void {
    this.limit.refuse(reply, limit);
  }

  /**
   * Puts off the refusal of a notification. A Zulip server gives up a notification that is refused and goes on to the next at once, so
   * that within seconds it would lose all that it has; while it waits for an answer, it keeps them (docs/decisions/0021). It never
   * waits for more than half of what is left of the minute, so that what it is told then is still worth something.
   *
   * @param refuse is called once: when the pause is over, or the client has gone
   * @returns false where the answer must not wait
   */
  putOff(answers: HeldAnswers, asked: Asked, refusal: EarlyRefusal, refuse: () => void): boolean {
    const { serverId, limit } = refusal;
    const most = (limit.freeAt - this.clock.millis()) / 2;
    const held = this.heldOf.get(serverId) ?? 0;
    if (!holdsRetryLater(asked.request) || most < SHORTEST_PAUSE || held >= HELD_PER_SERVER) return false;
    const isHeld = answers.hold(asked, most, () => {
      const left = (this.heldOf.get(serverId) ?? 1) - 1;
      if (left > 0) this.heldOf.set(serverId, left);
      else this.heldOf.delete(serverId);
      refuse();
    });
    if (isHeld) this.heldOf.set(serverId, held + 1);
    return isHeld;
  }
}

/**
 * Refuses requests beyond a server's rate limit as soon as their head is there: before the framework, before anything is read of the
 * body. A server that sends fifty times what it may shall not take the time of all others. Install after the hooks whose answers and
 * headers come before a refusal, and before the routes are registered.
 *
 * @param held puts off what has to wait
 * @param refusals are there once the application is built; until then nothing is refused here
 */
export function installEarlyRefusals(
  fastify: FastifyInstance,
  held: HeldAnswers,
  refusals: () => EarlyRefusals | undefined,
): void {
  const { bodyLimit = 0 } = fastify.initialConfig;
  fastify.addHook('onRequest', (request, reply, done) => {
    const early = refusals();
    if (!early?.any) return done();
    const body = announcedBody(request);
    // What says itself that it is too large is told so, beyond the limit as within it.
    if (body.length !== undefined && body.length > bodyLimit) return done();
    const refusal = early.find(request);
    if (!refusal) return done();
    const refuse = () => answerUnread(request, reply, body, bodyLimit, () => early.answer(reply, refusal));
    if (!early.putOff(held, { request, reply }, refusal, refuse)) refuse();
  });
}
