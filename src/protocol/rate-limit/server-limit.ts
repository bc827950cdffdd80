import { Inject, Injectable } from '@nestjs/common';
import { getStorageToken, type ThrottlerStorage } from '@nestjs/throttler';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Clock } from '../../common/clock.js';
import type { Settings } from '../../config/settings.js';
import { SETTINGS } from '../../config/settings.module.js';
import { type LimitAnswer, limitAnswer, limited, sayLimit, sendLimited, waitSeconds } from './limit-answer.js';
import { type LimitRefusal, StandingRefusals } from './standing-refusals.js';

/** The length of a server's window, milliseconds. */
const MINUTE = 60_000;

/**
 * Zulip servers take a refused upload of their metadata for proof that notifications are broken, and switch them off for all
 * their users: uploads are never refused by a limit.
 */
const NEVER_LIMITED = '/api/v1/remotes/server/analytics';

/**
 * How many requests a Zulip server may make in a minute, all authenticated endpoints taken together. The authentication guard asks
 * `admit`, which counts. Before a request gets so far, `refusalOf` says whether it would be refused for certain.
 */
@Injectable()
export class ServerLimit {
  private readonly refusals: StandingRefusals;
  /** The routes that have refused somebody, by their settings: so it is known of a request which others would ask `admit`. */
  private readonly limitedRoutes = new WeakSet<object>();

  constructor(
    @Inject(getStorageToken()) private readonly storage: ThrottlerStorage,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {
    this.refusals = new StandingRefusals(clock);
  }

  /**
   * One request of a Zulip server.
   *
   * @throws AppError `rate.limited`
   */
  async admit(request: FastifyRequest, reply: FastifyReply, serverUuid: string): Promise<void> {
    const { url, config } = request.routeOptions;
    if (url?.startsWith(NEVER_LIMITED)) return;
    const answer = this.refusals.find(serverUuid) ?? (await this.ask(serverUuid));
    sayLimit(reply, answer);
    if (answer.freeAt === undefined) return;
    this.limitedRoutes.add(config);
    throw limited(waitSeconds(answer.freeAt, this.clock.millis()));
  }

  /** Whether any server is beyond its limit now, at next to no cost where none is. */
  get refusesAny(): boolean {
    return this.refusals.any;
  }

  /** With what `admit` would refuse this request if it came from this server; undefined where that is not certain. */
  refusalOf(request: FastifyRequest, serverUuid: string): LimitRefusal | undefined {
    const refusal = this.refusals.find(serverUuid);
    return refusal && this.limitedRoutes.has(request.routeOptions.config) ? refusal : undefined;
  }

  /** Answers with a refusal; byte for byte what becomes of the error that `admit` throws. */
  refuse(reply: FastifyReply, refusal: LimitRefusal): void {
    sendLimited(reply, refusal, waitSeconds(refusal.freeAt, this.clock.millis()));
  }

  private async ask(serverUuid: string): Promise<LimitAnswer> {
    const limit = this.settings.limits.perMinute;
    const since = this.clock.millis();
    const record = await this.storage.increment(`server:${serverUuid}`, MINUTE, limit, 0, '');
    const answer = limitAnswer(record, limit, this.clock.millis());
    const { freeAt } = answer;
    if (freeAt !== undefined)
      this.refusals.add(serverUuid, { ...answer, freeAt }, since, since + record.timeToBlockExpire);
    return answer;
  }
}
