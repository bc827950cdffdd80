import { once } from 'node:events';
import { createSecureServer, type Http2SecureServer, type ServerHttp2Session, type Settings } from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Authority } from './authority.js';
import { Exchange } from './exchange.js';

export interface SecureHostOptions {
  readonly authority: Authority;
  readonly port?: number;
  /** Also speak HTTP/1.1 (Google does, Apple does not). */
  readonly http1?: boolean;
  /** Ask clients for a certificate; those who have none still get in. */
  readonly askForCertificate?: boolean;
  /** SETTINGS announced at the start of each session. */
  readonly settings?: Settings;
}

/** The listening side that Apple's and Google's stand-ins share: TLS on 127.0.0.1, sessions that can be disturbed. */
export class SecureHost {
  private readonly server: Http2SecureServer;
  private readonly sockets = new Set<Socket>();
  /** Sessions that are open now. */
  readonly sessions = new Set<ServerHttp2Session>();
  /** Number of HTTP/2 sessions ever opened. */
  sessionsOpened = 0;
  private readonly numbers = new WeakMap<ServerHttp2Session, number>();

  constructor(
    private readonly options: SecureHostOptions,
    handle: (exchange: Exchange) => Promise<void>,
  ) {
    this.server = createSecureServer({
      ...options.authority.server,
      ca: options.authority.caPem,
      allowHTTP1: options.http1 ?? false,
      requestCert: options.askForCertificate ?? false,
      rejectUnauthorized: false,
      ...(options.settings ? { settings: options.settings } : {}),
    });
    this.server.on('connection', (socket: Socket) => {
      this.sockets.add(socket);
      socket.once('close', () => this.sockets.delete(socket));
    });
    this.server.on('session', (session) => {
      this.sessionsOpened += 1;
      this.sessions.add(session);
      this.numbers.set(session, this.sessionsOpened);
      session.once('close', () => this.sessions.delete(session));
      session.on('error', () => undefined);
      session.on('stream', (stream) => stream.on('error', () => undefined));
    });
    // A client that breaks off while it sends is its own affair; the stand-in goes on.
    this.server.on('request', (request, response) => {
      Exchange.read(request, response)
        .then(handle)
        .catch(() => response.destroy());
    });
  }

  /** Starts to listen. */
  async start(): Promise<void> {
    this.server.listen(this.options.port ?? 0, '127.0.0.1');
    await once(this.server, 'listening');
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  get origin(): string {
    return `https://localhost:${this.port}`;
  }

  /** Running number of a session, from 1 in order of opening; 0 for none. */
  sessionNumber(session: ServerHttp2Session | undefined): number {
    return (session && this.numbers.get(session)) ?? 0;
  }

  /**
   * GOAWAY on all sessions: no new requests are taken. Without `lastStreamId` all requests begun so far are still answered.
   * Each session closes when its last request is done.
   */
  goAway(code = 0, lastStreamId?: number): void {
    for (const session of this.sessions) session.goaway(code, lastStreamId);
  }

  /** Tears all connections down at once. */
  destroyConnections(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  /** Stops listening and closes what is open, at once where it does not close by itself. */
  async stop(): Promise<void> {
    if (!this.server.listening) return;
    const closed = once(this.server, 'close');
    this.server.close();
    for (const session of this.sessions) session.close();
    await Promise.race([closed, sleep(200, undefined, { ref: false })]);
    this.destroyConnections();
    await closed;
  }
}
