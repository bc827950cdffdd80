import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { SETTINGS } from '../config/settings.module.js';
import { MailOutbox } from './mail-outbox.js';
import { MailSender } from './mail-sender.js';
import { MailTemplates } from './mail-templates.js';
import { MailTransport } from './mail-transport.js';
import { createMailTransport } from './nodemailer.transport.js';
import { OutboxStore } from './outbox-store.js';
import { OutgoingMail } from './outgoing-mail.entity.js';

/** Entities of this module, for the comparison of code and schema. */
export const mailEntities = [OutgoingMail] as const;

/** Outgoing mail: others put it into the outbox, this module sends it. */
@Module({
  imports: [TypeOrmModule.forFeature([...mailEntities])],
  providers: [
    { provide: MailTransport, useFactory: createMailTransport, inject: [SETTINGS] },
    MailTemplates,
    MailOutbox,
    OutboxStore,
    MailSender,
  ],
  exports: [MailOutbox],
})
export class MailModule {}
