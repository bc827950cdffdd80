import { setTimeout as sleep } from 'node:timers/promises';
import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { Clock } from '../common/clock.js';
import type { Settings } from '../config/settings.js';
import { SETTINGS } from '../config/settings.module.js';
import { ChangeListener } from '../database/change-listener.js';
import { MAIL_CHANNEL } from './mail-outbox.js';
import { MailProblem, MailTransport } from './mail-transport.js';
import { type ClaimedMail, OutboxStore } from './outbox-store.js';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
/** Pauses after the first tries; after the last of them it is always that one. */
const PAUSES = [10 * SECOND, 30 * SECOND, 2 * MINUTE, 10 * MINUTE, 30 * MINUTE, 60 * MINUTE, 120 * MINUTE];
const GIVE_UP_AFTER = 24 * 60 * MINUTE;
/** How often due mail is looked for without being told. */
const LOOK_EVERY = 5 * SECOND;
/** How long a stop waits for the mail that is being handed over. */
const STOP_WITHIN = 5 * SECOND;

/**
 * Sends what the outbox holds: at once when a commit announces it, else by looking every few seconds. Each mail is handed over at
 * least once; when a node dies between handing over and noting it, a second one with the same Message-ID follows.
 */
@Injectable()
export class MailSender implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(MailSender.name);
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;
  private again = false;
  private started = false;
  private stopping = false;

  constructor(
    @Inject(OutboxStore) private readonly store: OutboxStore,
    @Inject(MailTransport) private readonly transport: MailTransport,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(SETTINGS) private readonly settings: Settings,
    @Inject(ChangeListener) listener: ChangeListener,
  ) {
    listener.subscribe(MAIL_CHANNEL, {
      changed: () => this.kick(),
      lost: () => undefined,
      restored: () => this.kick(),
    });
  }

  onApplicationBootstrap(): void {
    this.started = true;
    this.timer = setInterval(() => this.kick(), LOOK_EVERY).unref();
    this.kick();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopping = true;
    clearInterval(this.timer);
    // What is not handed over by then is sent again by whoever comes next.
    await Promise.race([this.running, sleep(STOP_WITHIN, undefined, { ref: false })]);
  }

  /** There may be mail. */
  kick(): void {
    this.again = true;
    if (!this.started || this.stopping || this.running) return;
    this.running = this.run().finally(() => {
      this.running = undefined;
      if (this.again) this.kick();
    });
  }

  private async run(): Promise<void> {
    this.again = false;
    try {
      let batch = await this.store.claim();
      while (batch.length > 0) {
        // After a stop the rest of the batch waits until its lease is over.
        for (const mail of batch) if (!this.stopping) await this.send(mail);
        batch = this.stopping ? [] : await this.store.claim();
      }
      await this.store.forgetOld();
    } catch {
      // The database is away; the timer comes again.
      this.again = false;
      if (!this.stopping) this.logger.warn('the mail outbox could not be read');
    }
  }

  private async send(mail: ClaimedMail): Promise<void> {
    const { from } = this.settings.mail;
    try {
      await this.transport.send({
        messageId: `<${mail.id}.${mail.created_at.getTime()}@${domainOf(from)}>`,
        from,
        to: mail.recipient,
        subject: mail.subject,
        text: mail.text_body,
        html: mail.html_body,
        date: mail.created_at,
        name: `${mail.kind}-${mail.id}`,
        ...(mail.reply_to ? { replyTo: mail.reply_to } : {}),
      });
    } catch (error) {
      await this.failed(mail, error instanceof MailProblem ? error : new MailProblem('unknown', false));
      return;
    }
    await this.store.sent(mail.id);
  }

  private async failed(mail: ClaimedMail, { message, permanent }: MailProblem): Promise<void> {
    const what = { mail: mail.id, kind: mail.kind, attempts: mail.attempts, problem: message };
    const next = new Date(this.clock.millis() + (PAUSES[mail.attempts - 1] ?? 120 * MINUTE));
    if (permanent || next.getTime() >= mail.created_at.getTime() + GIVE_UP_AFTER) {
      await this.store.giveUp(mail.id, message);
      this.logger.warn('a mail was given up', what);
      return;
    }
    await this.store.failed(mail.id, message, next);
    this.logger.warn('a mail could not be sent yet', what);
  }
}

/** The domain of an address, with or without a name before it. */
function domainOf(from: string): string {
  return /@([^\s<>@]+)>?\s*$/.exec(from)?.[1] ?? 'localhost.localdomain';
}
