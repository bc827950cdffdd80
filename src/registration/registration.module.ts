import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import type { Settings } from '../config/settings.js';
import { SETTINGS } from '../config/settings.module.js';
import { ActivityRecorder } from './activity.recorder.js';
import { RealmAuditLog } from './audit/realm-audit-log.entity.js';
import { ServerAuditLog } from './audit/server-audit-log.entity.js';
import { ContactEmailCheck } from './contact-email/contact-email-check.js';
import { MailDomainLookup } from './contact-email/mail-domain-lookup.js';
import { InstallationCount } from './counts/installation-count.entity.js';
import { PushCountsRecorder } from './counts/push-counts.recorder.js';
import { RealmCount } from './counts/realm-count.entity.js';
import { UploadWatermark } from './counts/upload-watermark.entity.js';
import { RealmDirectory } from './realms/realm-directory.js';
import { RemoteRealm } from './realms/remote-realm.entity.js';
import { RemoteRealmActivity } from './realms/remote-realm-activity.entity.js';
import { RegistrationController } from './servers/registration.controller.js';
import { RegistrationService } from './servers/registration.service.js';
import { RemoteServer } from './servers/remote-server.entity.js';
import { RemoteServerActivity } from './servers/remote-server-activity.entity.js';
import { ServerAuthGuard } from './servers/server-auth.guard.js';
import { ServerDirectory } from './servers/server-directory.js';

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
  UploadWatermark,
] as const;

/** Who the servers and realms are: registration, keys, authentication, and what they said about themselves. */
@Module({
  imports: [TypeOrmModule.forFeature([...registrationEntities])],
  controllers: [RegistrationController],
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
    ServerAuthGuard,
    PushCountsRecorder,
    RegistrationService,
  ],
  exports: [
    ActivityRecorder,
    PushCountsRecorder,
    ServerDirectory,
    RealmDirectory,
    ServerAuthGuard,
    RegistrationService,
  ],
})
export class RegistrationModule {}
