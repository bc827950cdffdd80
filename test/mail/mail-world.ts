import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import { DataSource } from 'typeorm';
import { parseSettings } from '../../src/config/settings.js';
import { SettingsModule } from '../../src/config/settings.module.js';
import { ChangeListener } from '../../src/database/change-listener.js';
import { DatabaseModule } from '../../src/database/database.module.js';
import { MailModule } from '../../src/mail/mail.module.js';
import { MailOutbox } from '../../src/mail/mail-outbox.js';
import { SmtpStandIn } from '../../src/sandbox/smtp/smtp-stand-in.js';
import { createTestDatabase } from '../support/database.js';
import { MovableClock } from '../support/movable-clock.js';

/** One node that sends mail. */
export interface MailNode {
  readonly module: TestingModule;
  readonly outbox: MailOutbox;
  readonly source: DataSource;
}

/** A database, a mail server, and any number of nodes that send mail. */
export async function mailWorld() {
  const database = await createTestDatabase();
  const files = await mkdtemp(join(tmpdir(), 'push-bouncer-mail-'));
  const smtp = new SmtpStandIn();
  await smtp.start();
  const clock = new MovableClock();
  const nodes: MailNode[] = [];
  const logged: string[] = [];

  async function startNode(env: Readonly<Record<string, string>> = { SMTP_URL: smtp.url }): Promise<MailNode> {
    const settings = parseSettings({
      DATABASE_URL: database.url,
      SESSION_SECRET: 'a secret for tests only that is long enough to be taken for one',
      DATA_DIR: files,
      MAIL_FROM: 'Push Bouncer <noreply@push.zulip.test>',
      ...env,
    });
    const module = await Test.createTestingModule({
      imports: [SettingsModule.forRoot(settings, clock), DatabaseModule.forRoot(database.url), MailModule],
    }).compile();
    const write = (...parts: unknown[]) => void logged.push(JSON.stringify(parts));
    module.useLogger({ log: write, warn: write, error: write, debug: write, verbose: write, fatal: write });
    await module.get(ChangeListener).start();
    await module.init();
    const node = { module, outbox: module.get(MailOutbox), source: module.get(DataSource) };
    nodes.push(node);
    return node;
  }

  return {
    smtp,
    clock,
    files,
    logged,
    startNode,
    stop: async () => {
      for (const { module } of nodes) await module.close();
      await smtp.stop();
      await database.drop();
      await rm(files, { recursive: true, force: true });
      Logger.overrideLogger(false);
    },
  };
}

/** Waits until something is so; fails after half a minute. */
export async function until(what: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + 30_000;
  while (!(await what())) {
    if (Date.now() > end) throw new Error('it did not become so');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
