import { Module } from '@nestjs/common';
import {
  getOptionsToken,
  getStorageToken,
  type ThrottlerModuleOptions,
  type ThrottlerStorage,
} from '@nestjs/throttler';
import { Clock } from '../../common/clock.js';
import type { Settings } from '../../config/settings.js';
import { SETTINGS } from '../../config/settings.module.js';
import { LocalLimits } from './local-limits.js';
import { RateLimitGuard } from './rate-limit.guard.js';
import { RedisLimits } from './redis-limits.js';
import { ServerLimit } from './server-limit.js';

/**
 * How often who may ask. The parts of the throttler are provided one by one: its own module is global, and would give every
 * module a default that none asked for.
 */
@Module({
  providers: [
    {
      provide: getOptionsToken(),
      // Without a limit of its own, an endpoint that uses the guard has the one of servers.
      useFactory: ({ limits }: Settings): ThrottlerModuleOptions => [{ limit: limits.perMinute, ttl: 60_000 }],
      inject: [SETTINGS],
    },
    {
      provide: getStorageToken(),
      useFactory: (settings: Settings, clock: Clock): ThrottlerStorage => {
        const local = new LocalLimits(clock);
        return settings.redis.url ? new RedisLimits(settings.redis.url, local) : local;
      },
      inject: [SETTINGS, Clock],
    },
    RateLimitGuard,
    ServerLimit,
  ],
  exports: [RateLimitGuard, ServerLimit, getOptionsToken(), getStorageToken()],
})
export class RateLimitModule {}
