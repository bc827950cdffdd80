import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Logger } from '@nestjs/common';
import { createTransport } from 'nodemailer';
import type { Settings } from '../config/settings.js';
import { type ComposedMail, MailProblem, MailTransport } from './mail-transport.js';

const CONNECT_MS = 10_000;
const SOCKET_MS = 20_000;

/** Mail by SMTP where `SMTP_URL` is set, else into files. The one place where nodemailer is met. */
export function createMailTransport({ mail, database }: Settings): MailTransport {
  return mail.smtpUrl ? new SmtpTransport(mail.smtpUrl) : new FileTransport(resolve(database.dataDir, 'mail'));
}

/**
 * By SMTP (RFC 5321), with STARTTLS where the server offers it. One connection per mail: there are few, and the outbox alone decides
 * what is tried again and when.
 */
class SmtpTransport extends MailTransport {
  private readonly transporter;

  constructor(url: string) {
    super();
    this.transporter = createTransport({
      ...target(url),
      connectionTimeout: CONNECT_MS,
      greetingTimeout: CONNECT_MS,
      socketTimeout: SOCKET_MS,
      // Content is ours alone: no file and no page is ever read into a mail.
      disableFileAccess: true,
      disableUrlAccess: true,
    });
  }

  async send(mail: ComposedMail): Promise<void> {
    try {
      await this.transporter.sendMail(fields(mail));
    } catch (error) {
      throw problemOf(error);
    }
  }
}

/** Into `.eml` files, for whoever tries the service without a mail server. */
class FileTransport extends MailTransport {
  private readonly logger = new Logger('Mail');
  private readonly composer = createTransport({ streamTransport: true, buffer: true, newline: 'windows' });

  constructor(private readonly folder: string) {
    super();
  }

  async send(mail: ComposedMail): Promise<void> {
    const { message } = await this.composer.sendMail({
      ...fields(mail),
      disableFileAccess: true,
      disableUrlAccess: true,
    });
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
    const stamp = mail.date.toISOString().replaceAll(/[:.]/g, '-');
    const path = join(this.folder, `${stamp}-${mail.name}.eml`);
    // Whoever watches the folder never sees half a mail.
    await writeFile(`${path}.part`, message as Buffer, { mode: 0o600 });
    await rename(`${path}.part`, path);
    this.logger.log(`a mail was written to ${path}`);
  }
}

/** The parts of `SMTP_URL`. */
function target(url: string) {
  const { protocol, hostname, port, username, password } = new URL(url);
  const secure = protocol === 'smtps:';
  const auth = { user: decodeURIComponent(username), pass: decodeURIComponent(password) };
  return {
    host: hostname.replace(/^\[(.*)\]$/, '$1'),
    port: port === '' ? (secure ? 465 : 587) : Number(port),
    secure,
    ...(username === '' ? {} : { auth }),
  };
}

function fields(mail: ComposedMail) {
  const { messageId, from, to, replyTo, subject, text, html, date } = mail;
  // RFC 3834: nobody's automatic answer is wanted.
  const headers = { 'Auto-Submitted': 'auto-generated' };
  return { messageId, from, to, subject, text, html, date, headers, ...(replyTo ? { replyTo } : {}) };
}

/** The error without its message, which may hold the address. */
function problemOf(error: unknown): MailProblem {
  const { code, responseCode } = (error ?? {}) as { readonly code?: unknown; readonly responseCode?: unknown };
  const status = typeof responseCode === 'number' ? responseCode : undefined;
  const word = typeof code === 'string' && /^[A-Z_]{2,40}$/.test(code) ? code : 'unknown';
  // Authentication that fails is a setting that somebody will mend; an envelope or message refused for good is not.
  const permanent = status !== undefined && status >= 500 && (word === 'EENVELOPE' || word === 'EMESSAGE');
  return new MailProblem(status === undefined ? word : `${word} ${status}`, permanent);
}
