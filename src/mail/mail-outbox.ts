import { Inject, Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { type DataSource, type EntityManager, IsNull, Not } from 'typeorm';
import { Clock } from '../common/clock.js';
import { MailTemplates } from './mail-templates.js';
import type { MailKind, MailMessage } from './mail-values.js';
import { OutgoingMail } from './outgoing-mail.entity.js';

/** The channel on which nodes learn that there is mail. */
export const MAIL_CHANNEL = 'mail_outbox';

/** A mail that could not be sent within a day. */
export interface GivenUpMail {
  readonly id: string;
  readonly kind: string;
  readonly subject: string;
  readonly recipient: string;
  readonly createdAt: Date;
  readonly givenUpAt: Date;
  readonly attempts: number;
  /** In codes of the mail protocol. */
  readonly problem: string;
}

/** How the outbox fares. */
export interface OutboxFigures {
  readonly waiting: number;
  /** Age of the oldest one that waits; 0 where none does. */
  readonly oldestSeconds: number;
  /** In the last 30 days. */
  readonly givenUp: number;
}

const FIGURES = `
  SELECT count(*) FILTER (WHERE given_up_at IS NULL)::int AS waiting, count(given_up_at)::int AS "givenUp",
    GREATEST(0, EXTRACT(epoch FROM $1::timestamptz - min(created_at) FILTER (WHERE given_up_at IS NULL)))::float8 AS "oldestSeconds"
  FROM mail_outbox`;

/**
 * Mail that is to be sent. It is written down in the transaction that causes it, so there is no mail without its cause and no
 * cause without its mail; the sender takes it from there within seconds after the commit.
 */
@Injectable()
export class MailOutbox {
  constructor(
    @InjectDataSource() private readonly database: DataSource,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(MailTemplates) private readonly templates: MailTemplates,
  ) {}

  /** Puts a mail into the outbox, as part of the caller's transaction. */
  async enqueue<K extends MailKind>(tx: EntityManager, message: MailMessage<K>): Promise<void> {
    const { subject, text, html } = this.templates.render(message.kind, message.values);
    const now = this.clock.now();
    const recipients = typeof message.to === 'string' ? [message.to] : [...new Set(message.to)];
    if (recipients.length === 0) return;
    await tx.insert(
      OutgoingMail,
      recipients.map((recipient) => ({
        kind: message.kind,
        recipient,
        replyTo: message.replyTo ?? null,
        subject,
        textBody: text,
        htmlBody: html,
        createdAt: now,
        nextAttemptAt: now,
      })),
    );
    // PostgreSQL passes this on when the transaction is committed, and only then.
    await tx.query('SELECT pg_notify($1, $2)', [MAIL_CHANNEL, '']);
  }

  /** How many mails wait, and were given up. */
  async figures(): Promise<OutboxFigures> {
    const [row] = await this.database.query<OutboxFigures[]>(FIGURES, [this.clock.now()]);
    return { waiting: row?.waiting ?? 0, oldestSeconds: row?.oldestSeconds ?? 0, givenUp: row?.givenUp ?? 0 };
  }

  /** What was given up, newest first, at most 200. For operators: it holds addresses. */
  async givenUp(): Promise<GivenUpMail[]> {
    const rows = await this.database.manager.find(OutgoingMail, {
      where: { givenUpAt: Not(IsNull()) },
      order: { givenUpAt: 'DESC', id: 'DESC' },
      take: 200,
    });
    return rows.map(({ id, kind, subject, recipient, createdAt, givenUpAt, attempts, problem }) => ({
      id,
      kind,
      subject,
      recipient,
      createdAt,
      givenUpAt: givenUpAt ?? createdAt,
      attempts,
      problem: problem ?? 'unknown',
    }));
  }

  /** Tries a mail again that was given up; false where there is none. It has another day. */
  async tryAgain(id: string): Promise<boolean> {
    const now = this.clock.now();
    return this.database.transaction(async (tx) => {
      const { affected } = await tx.update(
        OutgoingMail,
        { id, givenUpAt: Not(IsNull()) },
        { givenUpAt: null, createdAt: now, nextAttemptAt: now, attempts: 0 },
      );
      await tx.query('SELECT pg_notify($1, $2)', [MAIL_CHANNEL, '']);
      return affected === 1;
    });
  }
}
