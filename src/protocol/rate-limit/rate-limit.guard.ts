import { Inject, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import {
  getOptionsToken,
  getStorageToken,
  ThrottlerGuard,
  type ThrottlerModuleOptions,
  type ThrottlerRequest,
  type ThrottlerStorage,
} from '@nestjs/throttler';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Clock } from '../../common/clock.js';
import { AppError } from '../../common/errors.js';
import type { Settings } from '../../config/settings.js';
import { SETTINGS } from '../../config/settings.module.js';

/** The length of a server's window, milliseconds. */
const MINUTE = 60_000;

/**
 * Zulip servers take a refused upload of their metadata for proof that notifications are broken, and switch them off for all
 * their users: uploads are never refused by a limit.
 */
const NEVER_LIMITED = '/api/v1/remotes/server/analytics';

/**
 * Limits requests in two ways. The authentication guard asks it for the Zulip server that a request comes from, all authenticated
 * endpoints taken together. Placed on an endpoint without authentication, it limits each client address there, by the endpoint's
 * `@Throttle`. Answers carry the `X-RateLimit-*` headers of docs/protocol.md, Rate limits.
 */
@Injectable()
export class RateLimitGuard extends ThrottlerGuard {
  constructor(
    @Inject(getOptionsToken()) options: ThrottlerModuleOptions,
    @Inject(getStorageToken()) storage: ThrottlerStorage,
    @Inject(Reflector) reflector: Reflector,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {
    super(options, storage, reflector);
  }

  /**
   * One request of a Zulip server. Does not go through the throttler's own walk, which looks up a dozen decorators: each push
   * comes by here.
   *
   * @throws AppError `rate.limited`
   */
  async admitServer(request: FastifyRequest, reply: FastifyReply, serverUuid: string): Promise<void> {
    if (request.routeOptions.url?.startsWith(NEVER_LIMITED)) return;
    await this.admit(reply, `server:${serverUuid}`, this.settings.limits.perMinute, MINUTE);
  }

  protected override async handleRequest({ context, limit, ttl }: ThrottlerRequest): Promise<boolean> {
    const http = context.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const key = `${request.routeOptions.url}:${await this.getTracker(request)}`;
    await this.admit(http.getResponse<FastifyReply>(), key, limit, ttl);
    return true;
  }

  private async admit(reply: FastifyReply, key: string, limit: number, ttl: number): Promise<void> {
    const state = await this.storageService.increment(key, ttl, limit, 0, '');
    reply
      .header('X-RateLimit-Limit', String(limit))
      .header('X-RateLimit-Remaining', String(Math.max(0, limit - state.totalHits)))
      .header('X-RateLimit-Reset', String(Math.ceil((this.clock.millis() + state.timeToExpire) / 1_000)));
    if (!state.isBlocked) return;
    // Whole milliseconds, rounded up: a client that waits exactly so long is let through.
    const seconds = Math.ceil(state.timeToBlockExpire) / 1_000;
    throw new AppError('rate.limited', {}, { 'retry-after': seconds }, { 'Retry-After': String(seconds) });
  }
}
