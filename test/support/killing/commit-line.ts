import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { listenOn } from '../scripted-http2.js';
import type { KillPoints } from './kill-points.js';

/** Messages of PostgreSQL's protocol (PostgreSQL documentation, 54.7). */
const QUERY = 0x51;
const PARSE = 0x50;
const READY = 0x5a;
const IDLE = 0x49;

/** A statement that changes rows, and outside of a transaction commits them. */
const WRITES = /^\s*(INSERT|UPDATE|DELETE|WITH\b[\s\S]*\b(INSERT INTO|DELETE FROM|UPDATE \w+ SET))\b/i;
/** Mail is sent, and a process tells how it fares, at any time, whatever else is going on. */
const BESIDE = /\b(mail_outbox|service_nodes)\b/i;

/**
 * A line to a PostgreSQL that knows of every commit: those that are asked for, and statements that are transactions of their own. What the
 * hot path does is not looked at.
 */
export class CommitLine {
  private readonly server: Server;
  private port = 0;

  constructor(
    private readonly target: string,
    private readonly points: KillPoints,
  ) {
    this.server = createServer((client) => this.join(client));
  }

  async start(): Promise<this> {
    this.port = await listenOn(this.server);
    return this;
  }

  /** The URL of the database by way of this line. */
  get url(): string {
    const url = new URL(this.target);
    url.hostname = '127.0.0.1';
    url.port = String(this.port);
    return url.href;
  }

  async stop(): Promise<void> {
    const closed = once(this.server, 'close');
    this.server.close();
    await closed;
  }

  private join(client: Socket): void {
    const { hostname, port } = new URL(this.target);
    const upstream = connect(Number(port) || 5432, hostname);
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      one.setNoDelay(true);
      one.on('error', () => undefined);
      one.on('close', () => other.destroy());
    }
    const session = new Session(client, upstream, this.points);
    void session.forward().catch(() => client.destroy());
    void session.backward().catch(() => client.destroy());
  }
}

/** One connection. Only whole messages are passed on. */
class Session {
  private isIdle = false;
  private isWatched = true;
  /** What is being committed. */
  private committing: string | undefined;

  constructor(
    private readonly client: Socket,
    private readonly upstream: Socket,
    private readonly points: KillPoints,
  ) {}

  async forward(): Promise<void> {
    let started = false;
    for await (const message of messages(this.client, () => started)) {
      if (!started) {
        // The first message has no type; it names the program.
        this.isWatched = !message.toString('latin1').includes('push-bouncer hot');
        started = true;
      } else if (this.isWatched) {
        const commit = this.commitOf(message);
        if (commit !== undefined) {
          await this.points.pass('before', commit);
          this.committing = commit;
        }
      }
      this.upstream.write(message);
    }
  }

  async backward(): Promise<void> {
    for await (const message of messages(this.upstream, () => true)) {
      if (message[0] === READY) {
        this.isIdle = message[5] === IDLE;
        const done = this.committing;
        this.committing = undefined;
        if (done !== undefined) await this.points.pass('after', done);
      }
      this.client.write(message);
    }
  }

  /** What a message commits, in few words. */
  private commitOf(message: Buffer): string | undefined {
    const kind = message[0];
    if (kind !== QUERY && kind !== PARSE) return undefined;
    const body = message.toString('utf8', 5);
    // Before the statement of `Parse` stands its name.
    const text = kind === PARSE ? body.slice(body.indexOf('\0') + 1) : body;
    if (/^\s*COMMIT\b/i.test(text)) return 'COMMIT';
    return this.isIdle && WRITES.test(text) && !BESIDE.test(text) ? brief(text) : undefined;
  }
}

/** `UPDATE stripe_events`. */
function brief(statement: string): string {
  const [, verb = '', table = ''] = /\b(INSERT INTO|UPDATE|DELETE FROM)\s+"?(\w+)/i.exec(statement) ?? [];
  return `${verb.toUpperCase()} ${table}`;
}

/** The messages that come in, whole. */
async function* messages(socket: Socket, haveTypes: () => boolean): AsyncGenerator<Buffer> {
  let left: Buffer = Buffer.alloc(0);
  for await (const bytes of socket) {
    left = left.length === 0 ? (bytes as Buffer) : Buffer.concat([left, bytes as Buffer]);
    for (;;) {
      const head = haveTypes() ? 1 : 0;
      if (left.length < head + 4) break;
      const length = head + left.readInt32BE(head);
      if (left.length < length) break;
      yield left.subarray(0, length);
      left = left.subarray(length);
    }
  }
}
