import { Inject, Injectable, Optional } from '@nestjs/common';
import { getStorageToken, type ThrottlerStorage } from '@nestjs/throttler';
import { InjectDataSource } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import { Clock } from '../../common/clock.js';
import { connectionsOfSource } from '../../database/connections.js';
import { HotPool } from '../../database/hot-pool.js';
import { RedisLimits } from '../../protocol/rate-limit/redis-limits.js';
import { Admission } from '../../push/admission/admission.js';
import { DeadTokenGuard } from '../../push/dead-tokens/dead-token-guard.js';
import type { NamedPool, ProviderSnapshot } from '../../push/provider-snapshot.js';
import { ApnsProvider, FcmProvider } from '../../push/push-provider.js';
import type { NodeReport, ProviderReport } from './node-report.js';
import { RecentTraffic } from './recent-traffic.js';

/** Looks at the parts of this process. */
@Injectable()
export class NodeReporter {
  private readonly apnsTraffic: RecentTraffic;
  private readonly fcmTraffic: RecentTraffic;

  constructor(
    @InjectDataSource() private readonly cold: DataSource,
    @Inject(HotPool) private readonly hot: HotPool,
    @Inject(ApnsProvider) private readonly apns: ApnsProvider,
    @Inject(FcmProvider) private readonly fcm: FcmProvider,
    @Inject(DeadTokenGuard) private readonly guard: DeadTokenGuard,
    @Inject(Admission) private readonly admission: Admission,
    @Inject(Clock) clock: Clock,
    @Optional() @Inject(getStorageToken()) private readonly limits?: ThrottlerStorage,
  ) {
    const millis = () => clock.millis();
    this.apnsTraffic = new RecentTraffic(millis);
    this.fcmTraffic = new RecentTraffic(millis);
    apns.observe(this.apnsTraffic);
    fcm.observe(this.fcmTraffic);
  }

  async report(): Promise<NodeReport> {
    const { inFlight, limit, shed } = this.admission.snapshot();
    return {
      apns: providerReport(this.apns.snapshot(), this.apnsTraffic),
      fcm: providerReport(this.fcm.snapshot(), this.fcmTraffic),
      database: { hot: this.hot.connections(), cold: connectionsOfSource(this.cold) },
      notifications: { inFlight, limit, shed: Object.values(shed).reduce((sum, number) => sum + number, 0) },
      guardedApps: this.guard
        .snapshot()
        .filter(({ stopped }) => stopped)
        .map(({ app }) => app),
      redis: await this.redis(),
      memoryBytes: process.memoryUsage.rss(),
    };
  }

  private async redis(): Promise<NodeReport['redis']> {
    if (!(this.limits instanceof RedisLimits)) return 'unused';
    return (await this.limits.answers()) ? 'answers' : 'silent';
  }
}

function providerReport({ pools, breaker, credentials }: ProviderSnapshot, traffic: RecentTraffic): ProviderReport {
  const sum = (value: (pool: NamedPool) => number) => pools.reduce((total, pool) => total + value(pool), 0);
  const { state, opened, remainingMs } = breaker;
  const { answers, unanswered, latencies } = traffic.traffic();
  return {
    ...(credentials ? { credentials } : {}),
    breaker: { state, opened, remainingMs },
    sessions: sum(({ sessions }) => sessions),
    connecting: sum(({ connecting }) => connecting),
    streams: sum(({ streams }) => streams),
    capacity: sum(({ capacity }) => capacity),
    waiting: sum(({ waiting }) => waiting),
    traffic: { answers: { ...answers }, unanswered: { ...unanswered }, latencies: [...latencies] },
  };
}
