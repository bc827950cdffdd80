import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import type { Settings } from '../config/settings.js';
import { SETTINGS } from '../config/settings.module.js';
import { RateLimitModule } from '../protocol/rate-limit/rate-limit.module.js';
import { ActivityRecorder } from './activity.recorder.js';
import { AuditNotes } from './audit/audit-notes.js';
import { RealmAuditStore } from './audit/realm-audit.store.js';
import { RealmAuditLog } from './audit/realm-audit-log.entity.js';
import { ServerAuditLog } from './audit/server-audit-log.entity.js';
import { ContactEmailCheck } from './contact-email/contact-email-check.js';
import { MailDomainLookup } from './contact-email/mail-domain-lookup.js';
import { CountPartitions } from './counts/count-partitions.js';
import { CountUpkeep } from './counts/count-upkeep.job.js';
import { InstallationCount } from './counts/installation-count.entity.js';
import { PushFailure } from './counts/push-failure.entity.js';
import { PushFailures } from './counts/push-failures.recorder.js';
import { PushHistory } from './counts/push-history.js';
import { RealmCount } from './counts/realm-count.entity.js';
import { UploadWatermark } from './counts/upload-watermark.entity.js';
import { UploadWatermarks } from './counts/upload-watermarks.js';
import { UploadedCountsStore } from './counts/uploaded-counts.store.js';
import { RealmDirectory } from './realms/realm-directory.js';
import { RealmSync } from './realms/realm-sync.js';
import { RemoteRealm } from './realms/remote-realm.entity.js';
import { RemoteRealmActivity } from './realms/remote-realm-activity.entity.js';
import { PlanTypes } from './registrants/plan-types.js';
import { Registrants } from './registrants/registrants.js';
import { EarlyRefusals } from './servers/early-refusals.js';
import { RegistrationController } from './servers/registration.controller.js';
import { RegistrationService } from './servers/registration.service.js';
import { RemoteServer } from './servers/remote-server.entity.js';
import { RemoteServerActivity } from './servers/remote-server-activity.entity.js';
import { ServerActivation } from './servers/server-activation.js';
import { ServerAuthGuard } from './servers/server-auth.guard.js';
import { ServerAuthenticator } from './servers/server-authenticator.js';
import { ServerDirectory } from './servers/server-directory.js';
import { ServerRecords } from './servers/server-records.js';
import { PushTallies } from './settle/push-tallies.js';
import { PushTally } from './settle/push-tally.entity.js';
import { Settlements } from './settle/settlements.js';
import { AddressRules } from './transfer/host/address-rules.js';
import { HostResolver } from './transfer/host/host-resolver.js';
import { HostVerification } from './transfer/host/host-verification.js';
import { HostVerificationAttempt } from './transfer/host-verification.entity.js';
import { TransferController } from './transfer/transfer.controller.js';
import { TransferService } from './transfer/transfer.service.js';
import { VerificationBudget } from './transfer/verification-budget.js';
import { VerificationSecrets } from './transfer/verification-secrets.js';
import { ReportingServer } from './uploads/reporting-server.js';
import { CountHistory } from './user-counts/count-history.js';
import { UserCountRow } from './user-counts/user-count.entity.js';
import { UserCounts } from './user-counts/user-counts.js';

/** Entities of this module, for the comparison of code and schema. */
export const registrationEntities = [
  RemoteServer,
  RemoteServerActivity,
  RemoteRealm,
  RemoteRealmActivity,
  ServerAuditLog,
  RealmAuditLog,
  InstallationCount,
  RealmCount,
  PushFailure,
  PushTally,
  UploadWatermark,
  UserCountRow,
  HostVerificationAttempt,
] as const;

/** Who the servers and realms are: registration, keys, authentication, and what they said about themselves. */
@Module({
  imports: [TypeOrmModule.forFeature([...registrationEntities]), RateLimitModule],
  controllers: [RegistrationController, TransferController],
  providers: [
    {
      provide: MailDomainLookup,
      useFactory: (settings: Settings) => new MailDomainLookup(settings.registration.dnsServers),
      inject: [SETTINGS],
    },
    ContactEmailCheck,
    ActivityRecorder,
    ServerDirectory,
    RealmDirectory,
    ServerAuthenticator,
    ServerAuthGuard,
    EarlyRefusals,
    Settlements,
    PushTallies,
    UserCounts,
    CountHistory,
    Registrants,
    PlanTypes,
    AuditNotes,
    RegistrationService,
    ServerActivation,
    ServerRecords,
    {
      provide: HostVerification,
      useFactory: ({ registration }: Settings) =>
        new HostVerification(new HostResolver(registration.dnsServers), new AddressRules(registration.outgoingAllow)),
      inject: [SETTINGS],
    },
    VerificationBudget,
    VerificationSecrets,
    TransferService,
    CountPartitions,
    CountUpkeep,
    PushFailures,
    PushHistory,
    UploadWatermarks,
    UploadedCountsStore,
    RealmAuditStore,
    RealmSync,
    ReportingServer,
  ],
  exports: [
    ActivityRecorder,
    Settlements,
    UserCounts,
    CountHistory,
    Registrants,
    PlanTypes,
    AuditNotes,
    ServerDirectory,
    RealmDirectory,
    ServerAuthenticator,
    ServerAuthGuard,
    RegistrationService,
    ServerActivation,
    ServerRecords,
    PushFailures,
    PushHistory,
    RateLimitModule,
    UploadWatermarks,
    UploadedCountsStore,
    RealmAuditStore,
    RealmSync,
    ReportingServer,
  ],
})
export class RegistrationModule {}
