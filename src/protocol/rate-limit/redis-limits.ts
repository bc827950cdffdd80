import { once } from 'node:events';
import { Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import type { ThrottlerStorage } from '@nestjs/throttler';
import { Redis, type Result } from 'ioredis';
import { type LimitRecord, type LocalLimits, toRecord } from './local-limits.js';
import { SCRIPT_SLOTS, SLIDING_WINDOW_SCRIPT } from './sliding-window-script.js';

declare module 'ioredis' {
  interface RedisCommander<Context> {
    slidingWindow(
      key: string,
      length: number,
      limit: number,
      slots: number,
    ): Result<[number, number, number, number], Context>;
  }
}

/** A push must not wait long for its limit: milliseconds until this process counts alone. */
const DEADLINE = 250;
/** After a failure so many milliseconds pass before Redis is asked again, so that a stalled one delays few requests. */
const PAUSE = 1_000;
/** The start waits so long for the connection, milliseconds; without it the service starts as well. */
const START_LIMIT = 1_000;
const KEY_PREFIX = 'push-bouncer:limit:';

/**
 * Counts requests in Redis or Valkey, together with the other nodes. While that cannot be reached, this process counts alone: a
 * limit that is a little too wide is better than notifications that stop.
 */
export class RedisLimits implements ThrottlerStorage, OnModuleInit, OnApplicationShutdown {
  private readonly redis: Redis;
  private readonly logger = new Logger('RateLimit');
  private alone = false;
  private askAgainAt = 0;

  constructor(
    url: string,
    private readonly local: LocalLimits,
    /** Monotonic milliseconds. */
    private readonly ticks: () => number = () => performance.now(),
    deadline = DEADLINE,
  ) {
    this.redis = new Redis(url, {
      keyPrefix: KEY_PREFIX,
      connectionName: 'push-bouncer',
      commandTimeout: deadline,
      connectTimeout: 5_000,
      // Nothing waits for a connection to come back: the local limit answers meanwhile.
      enableOfflineQueue: false,
      maxRetriesPerRequest: 0,
      retryStrategy: (attempt) => Math.min(100 * attempt, 2_000),
    });
    this.redis.defineCommand('slidingWindow', { numberOfKeys: 1, lua: SLIDING_WINDOW_SCRIPT });
    // Each failed connection attempt is an event, and without a listener a line on the console.
    this.redis.on('error', () => this.failed());
  }

  async onModuleInit(): Promise<void> {
    if (this.redis.status === 'ready') return;
    await once(this.redis, 'ready', { signal: AbortSignal.timeout(START_LIMIT) }).catch(() => undefined);
  }

  async increment(key: string, ttl: number, limit: number): Promise<LimitRecord> {
    if (this.ticks() < this.askAgainAt) return this.local.increment(key, ttl, limit);
    try {
      const [allowed, used, freeIn, fullIn] = await this.redis.slidingWindow(key, ttl, limit, SCRIPT_SLOTS);
      this.answered();
      return toRecord({ allowed: allowed === 1, used, freeIn: freeIn / 1_000, fullIn: fullIn / 1_000 });
    } catch {
      this.failed();
      return this.local.increment(key, ttl, limit);
    }
  }

  /** Whether Redis answers now. */
  async answers(): Promise<boolean> {
    return (await this.redis.ping().catch(() => undefined)) === 'PONG';
  }

  onApplicationShutdown(): void {
    this.redis.disconnect();
  }

  private answered(): void {
    if (this.alone) this.logger.log('Redis answers again; nodes count requests together');
    this.alone = false;
  }

  private failed(): void {
    this.askAgainAt = this.ticks() + PAUSE;
    if (!this.alone) this.logger.warn('Redis does not answer; this process counts requests alone until it does');
    this.alone = true;
  }
}
