import { Inject, Injectable } from '@nestjs/common';
import type { Registry } from 'prom-client';
import { DataSource } from 'typeorm';
import type { BatchSnapshot } from '../../common/turn-batcher.js';
import { HotPool } from '../../database/hot-pool.js';
import { EncryptedTargetLookup } from '../../devices/encrypted-target-lookup.js';
import { TargetLookup } from '../../devices/target-lookup.js';
import { MailOutbox } from '../../mail/mail-outbox.js';
import { StuckEvents } from '../../plans/purchase/stuck-events.js';
import { Reconciliations } from '../../plans/reconciliation/reconciliations.js';
import { Admission } from '../../push/admission/admission.js';
import { DeadTokenGuard } from '../../push/dead-tokens/dead-token-guard.js';
import { LateDeliveries } from '../../push/late/late-deliveries.js';
import { ApnsProvider, FcmProvider } from '../../push/push-provider.js';
import { Repeats } from '../../push/repeats/repeats.js';
import { Sender } from '../../push/sender.js';
import { ActivityRecorder } from '../../registration/activity.recorder.js';
import { ServerDirectory } from '../../registration/servers/server-directory.js';
import { Settlements } from '../../registration/settle/settlements.js';
import { databaseMetrics } from './database-metrics.js';
import { notificationMetrics } from './notification-metrics.js';
import { providerMetrics } from './provider-metrics.js';
import { queueMetrics } from './queue-metrics.js';

/** The parts of the service that can be asked how they are. */
@Injectable()
export class MetricsSources {
  constructor(
    @Inject(ApnsProvider) private readonly apns: ApnsProvider,
    @Inject(FcmProvider) private readonly fcm: FcmProvider,
    @Inject(Sender) private readonly sender: Sender,
    @Inject(DeadTokenGuard) private readonly guard: DeadTokenGuard,
    @Inject(Admission) private readonly admission: Admission,
    @Inject(LateDeliveries) private readonly late: LateDeliveries,
    @Inject(Repeats) private readonly repeats: Repeats,
    @Inject(HotPool) private readonly hot: HotPool,
    @Inject(DataSource) private readonly cold: DataSource,
    @Inject(TargetLookup) private readonly targets: TargetLookup,
    @Inject(EncryptedTargetLookup) private readonly encryptedTargets: EncryptedTargetLookup,
    @Inject(Settlements) private readonly settlements: Settlements,
    @Inject(ServerDirectory) private readonly servers: ServerDirectory,
    @Inject(ActivityRecorder) private readonly activity: ActivityRecorder,
    @Inject(MailOutbox) private readonly outbox: MailOutbox,
    @Inject(StuckEvents) private readonly events: StuckEvents,
    @Inject(Reconciliations) private readonly reconciliations: Reconciliations,
  ) {}

  /** From now on the registry knows them. Nobody's name, host, token or id is a label. */
  register(registry: Registry): void {
    const { sender, guard, admission, late, repeats, hot, cold, apns, fcm } = this;
    notificationMetrics(registry, { sender, guard, admission, late, repeats });
    providerMetrics(registry, { apns, fcm });
    databaseMetrics(registry, { hot, cold, batches: () => this.batches() });
    const { outbox, events, reconciliations } = this;
    queueMetrics(registry, { outbox, events, reconciliations });
  }

  private batches(): Record<string, BatchSnapshot> {
    const { servers, realms } = this.activity.batches();
    return {
      'target-lookup': this.targets.batches(),
      'encrypted-target-lookup': this.encryptedTargets.batches(),
      'settle-notifications': this.settlements.batches(),
      'server-lookup': this.servers.batches(),
      'server-activity': servers,
      'realm-activity': realms,
    };
  }
}
