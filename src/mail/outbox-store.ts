import { Inject, Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { type DataSource, LessThan } from 'typeorm';
import { Clock } from '../common/clock.js';
import { OutgoingMail } from './outgoing-mail.entity.js';

/** A mail that this node is to send now. */
export interface ClaimedMail {
  readonly id: string;
  readonly kind: string;
  readonly recipient: string;
  readonly reply_to: string | null;
  readonly subject: string;
  readonly text_body: string;
  readonly html_body: string;
  readonly created_at: Date;
  /** This one included. */
  readonly attempts: number;
}

const BATCH = 10;
/** Longer than a batch takes. A node that dies meanwhile leaves its mail to the others after this. */
const LEASE_MS = 5 * 60_000;
/** How long what was given up is kept for operators to look at. */
const KEPT_MS = 30 * 24 * 60 * 60_000;

const CLAIM = `
  WITH claimed AS (
    UPDATE mail_outbox SET attempts = attempts + 1, next_attempt_at = $2
    WHERE id IN (
      SELECT id FROM mail_outbox WHERE given_up_at IS NULL AND next_attempt_at <= $1
      ORDER BY next_attempt_at, id LIMIT ${BATCH} FOR UPDATE SKIP LOCKED
    )
    RETURNING id, kind, recipient, reply_to, subject, text_body, html_body, created_at, attempts
  )
  SELECT * FROM claimed ORDER BY created_at, id`;

/** The outbox as the sender sees it. Any number of nodes may claim: each mail is one node's at a time. */
@Injectable()
export class OutboxStore {
  constructor(
    @InjectDataSource() private readonly database: DataSource,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  /** Takes what is due, oldest first. No transaction stays open while it is sent. */
  async claim(): Promise<ClaimedMail[]> {
    const now = this.clock.now();
    return this.database.query<ClaimedMail[]>(CLAIM, [now, new Date(now.getTime() + LEASE_MS)]);
  }

  /** It is gone. */
  async sent(id: string): Promise<void> {
    await this.database.manager.delete(OutgoingMail, { id });
  }

  async failed(id: string, problem: string, nextAttemptAt: Date): Promise<void> {
    await this.database.manager.update(OutgoingMail, { id }, { problem, nextAttemptAt });
  }

  async giveUp(id: string, problem: string): Promise<void> {
    await this.database.manager.update(OutgoingMail, { id }, { problem, givenUpAt: this.clock.now() });
  }

  /** Removes what was given up a month ago. */
  async forgetOld(): Promise<void> {
    const before = new Date(this.clock.millis() - KEPT_MS);
    await this.database.manager.delete(OutgoingMail, { givenUpAt: LessThan(before) });
  }
}
