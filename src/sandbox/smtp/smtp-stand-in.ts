import { EventEmitter, once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { type ParsedMail, simpleParser } from 'mailparser';
import { SMTPServer, type SMTPServerSession } from 'smtp-server';

/** A mail as it arrived. */
export interface ReceivedMail {
  readonly from: string;
  readonly to: readonly string[];
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  readonly replyTo: string | undefined;
  readonly messageId: string;
  readonly raw: string;
  readonly at: Date;
}

/** A refusal: the SMTP status (RFC 5321, 4.2.3), and whether it is of the recipient or of the whole mail. */
export interface SmtpRefusal {
  readonly status: number;
  readonly at: 'recipient' | 'data';
}

/** A mail server on 127.0.0.1 that takes everything, keeps it, and delivers nothing. It can be told to refuse. */
export class SmtpStandIn extends EventEmitter<{ mail: [ReceivedMail] }> {
  /** Everything that was taken, oldest first. */
  readonly mails: ReceivedMail[] = [];
  private readonly refusals: SmtpRefusal[] = [];
  private readonly server: SMTPServer;

  constructor(private readonly requestedPort = 0) {
    super();
    this.server = new SMTPServer({
      disabledCommands: ['AUTH', 'STARTTLS'],
      logger: false,
      disableReverseLookup: true,
      onRcptTo: (_address, _session, done) => done(this.refusal('recipient')),
      onData: (stream, session, done) => {
        const chunks: Buffer[] = [];
        stream.on('data', (chunk: Buffer) => chunks.push(chunk));
        stream.on('end', () => {
          const refusal = this.refusal('data');
          if (refusal) return done(refusal);
          this.take(session, Buffer.concat(chunks)).then(() => done(), done);
        });
      },
    });
    // A client that breaks off is no trouble of ours.
    this.server.on('error', () => undefined);
  }

  async start(): Promise<void> {
    const listening = once(this.server.server, 'listening');
    this.server.listen(this.requestedPort, '127.0.0.1');
    await listening;
  }

  async stop(): Promise<void> {
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }

  get port(): number {
    return (this.server.server.address() as AddressInfo).port;
  }

  /** For `SMTP_URL`. */
  get url(): string {
    return `smtp://127.0.0.1:${this.port}`;
  }

  /** The next mails are refused, one refusal each. */
  refuseNext(...refusals: SmtpRefusal[]): this {
    this.refusals.push(...refusals);
    return this;
  }

  /** Mails for one address, oldest first. */
  mailsTo(address: string): ReceivedMail[] {
    return this.mails.filter(({ to }) => to.includes(address));
  }

  private refusal(at: SmtpRefusal['at']): Error | undefined {
    const [next] = this.refusals;
    if (next?.at !== at) return undefined;
    this.refusals.shift();
    return Object.assign(new Error('refused by the sandbox'), { responseCode: next.status });
  }

  private async take(session: SMTPServerSession, raw: Buffer): Promise<void> {
    const parsed: ParsedMail = await simpleParser(raw);
    const { mailFrom, rcptTo } = session.envelope;
    const mail: ReceivedMail = {
      from: mailFrom ? mailFrom.address : '',
      to: rcptTo.map(({ address }) => address),
      subject: parsed.subject ?? '',
      text: parsed.text ?? '',
      html: parsed.html || '',
      replyTo: parsed.replyTo?.text,
      messageId: parsed.messageId ?? '',
      raw: raw.toString('utf8'),
      at: new Date(),
    };
    this.mails.push(mail);
    this.emit('mail', mail);
  }
}
