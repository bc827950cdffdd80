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
import { limitAnswer, limited, sayLimit, waitSeconds } from './limit-answer.js';

/**
 * Placed on an endpoint without authentication, it limits each client address there, by the endpoint's `@Throttle`. Answers carry the
 * `X-RateLimit-*` headers of docs/protocol.md, Authentication. Zulip servers are limited by `ServerLimit`.
 */
@Injectable()
export class RateLimitGuard extends ThrottlerGuard {
  constructor(
    @Inject(getOptionsToken()) options: ThrottlerModuleOptions,
    @Inject(getStorageToken()) storage: ThrottlerStorage,
    @Inject(Reflector) reflector: Reflector,
    @Inject(Clock) private readonly clock: Clock,
  ) {
    super(options, storage, reflector);
  }

  /** @throws AppError `rate.limited` */
  protected override async handleRequest({ context, limit, ttl }: ThrottlerRequest): Promise<boolean> {
    const http = context.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const key = `${request.routeOptions.url}:${await this.getTracker(request)}`;
    const record = await this.storageService.increment(key, ttl, limit, 0, '');
    const now = this.clock.millis();
    const answer = limitAnswer(record, limit, now);
    sayLimit(http.getResponse<FastifyReply>(), answer);
    if (answer.freeAt !== undefined) throw limited(waitSeconds(answer.freeAt, now));
    return true;
  }
}
