import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import {
  constants,
  createSecureServer,
  type Http2SecureServer,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Authority } from '../../../src/sandbox/transport/authority.js';
import { TcpProxy } from '../../support/tcp-proxy.js';
import { type Take, TakenPushes } from './taken-pushes.js';

/** What Apple allows on a connection. */
const STREAMS = 1_000;
/** A connection that was used in this time is asked whether its answers have arrived. One that its client has left may be silent. */
const BUSY = 1_000;
/** Milliseconds. */
const LONGEST_PONG = 10_000;
const ACCESS_TOKEN = JSON.stringify({ access_token: 'ya29.load', expires_in: 3_599, token_type: 'Bearer' });
/** Where a push carries its number, to Apple as a number, to Google as a text. */
const NUMBER = /"message_ids":\[?"?(\d+)/;

/** What the host does with the next streams instead of taking their pushes. */
interface Resets {
  left: number;
  readonly code: number;
}

interface SessionState {
  /** The last stream that was opened. */
  last: number;
  /** When that was. */
  usedAt: number;
  /** The last stream that it named when it said goodbye; later ones are not processed. */
  goodbyeAt: number | undefined;
  /** Its connection was cut. What had arrived before that may be read later; its answer reaches nobody. */
  isCut: boolean;
}

/**
 * A provider that takes tens of thousands of pushes, notes each by its number, and can be put in every kind of trouble while it
 * does; a stretch of network lies before it. It checks nothing: the stand-ins of the sandbox do, and are too slow for this.
 */
export class BusyHost {
  readonly pushes = new TakenPushes();
  /** Times that a push was given back, refused or broken off before it was taken. */
  troubled = 0;
  sessionsOpened = 0;
  private readonly sessions = new Map<ServerHttp2Session, SessionState>();
  private readonly watchers = new Set<() => void>();
  private resets: Resets | undefined;
  private unavailable = false;
  private stalled = false;
  /** While set, what is taken is not answered. */
  private held: Take[] | undefined;
  private proxy: TcpProxy | undefined;
  private readonly server: Http2SecureServer;
  private readonly tokens: Server;

  constructor(authority: Authority) {
    this.server = createSecureServer({ ...authority.server, settings: { maxConcurrentStreams: STREAMS } });
    this.server.on('sessionError', () => undefined);
    this.server.on('session', (session) => {
      this.sessionsOpened++;
      this.sessions.set(session, { last: 0, usedAt: 0, goodbyeAt: undefined, isCut: false });
      session.on('error', () => undefined);
      session.once('close', () => this.sessions.delete(session));
    });
    this.server.on('stream', (stream) => this.take(stream));
    this.tokens = createServer((request, response) => {
      request.resume().once('end', () => response.setHeader('content-type', 'application/json').end(ACCESS_TOKEN));
    });
  }

  async start(): Promise<void> {
    for (const server of [this.server, this.tokens]) {
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
    }
    this.proxy = await TcpProxy.start(portOf(this.server));
  }

  async stop(): Promise<void> {
    await this.network.stop();
    for (const session of this.sessions.keys()) session.destroy();
    this.server.close();
    this.tokens.close();
  }

  /** Its address behind the network. */
  get origin(): string {
    return `https://localhost:${this.network.port}`;
  }

  /** Where Google's access tokens come from. */
  get tokenUri(): string {
    return `http://127.0.0.1:${portOf(this.tokens)}/token`;
  }

  /** Resolves when so many more pushes have been taken. */
  taken(more: number): Promise<void> {
    const goal = this.pushes.count + more;
    return new Promise((resolve) => {
      const look = () => {
        if (this.pushes.count < goal) return;
        this.watchers.delete(look);
        resolve();
      };
      this.watchers.add(look);
    });
  }

  /** The network holds everything back for so long, then lets it through. */
  async stall(millis: number): Promise<void> {
    this.stalled = true;
    this.pushes.holdUpRecent();
    this.network.stall();
    await sleep(millis);
    this.network.resume();
    this.stalled = false;
  }

  /** The next streams are reset before their pushes are taken, with a code that says so (REFUSED_STREAM) or does not. */
  async reset(streams: number, code: number = constants.NGHTTP2_REFUSED_STREAM): Promise<void> {
    const resets = { left: streams, code };
    this.resets = resets;
    while (resets.left > 0) await sleep(10);
  }

  /** GOAWAY on all connections. What comes after it, unseen by its sender, is not processed. */
  goAway(): void {
    // No stream is open beyond the last one named: Node would break its own memory by closing one.
    for (const [session, state] of this.sessions) {
      if (state.goodbyeAt === undefined) session.goaway(constants.NGHTTP2_NO_ERROR, state.last);
      state.goodbyeAt ??= state.last;
    }
  }

  /** One stream for each connection for so long. */
  async narrow(millis: number): Promise<void> {
    this.limit(1);
    await sleep(millis);
    this.limit(STREAMS);
  }

  /** 503 with `Retry-After` for so long. */
  async fail(millis: number): Promise<void> {
    this.unavailable = true;
    await sleep(millis);
    this.unavailable = false;
  }

  /** Cuts every connection; pushes that were taken and not answered yet are marked as such. */
  async cut(): Promise<void> {
    await this.holdAnswers();
    this.network.cut();
    this.letGo();
  }

  /** The same, and no connection is to be had for so long. */
  async refuse(millis: number): Promise<void> {
    await this.holdAnswers();
    await this.network.refuse();
    this.letGo();
    await sleep(millis);
    await this.network.accept();
  }

  private get network(): TcpProxy {
    if (!this.proxy) throw new Error('not started');
    return this.proxy;
  }

  private limit(maxConcurrentStreams: number): void {
    for (const session of this.sessions.keys()) if (!session.destroyed) session.settings({ maxConcurrentStreams });
  }

  /**
   * From now on answers are withheld; resolves when the sender has read all earlier ones. It has once it answers a ping: the first
   * may have overtaken answers within Node, the second cannot.
   */
  private async holdAnswers(): Promise<void> {
    this.held = [];
    for (let times = 0; times < 2; times++) {
      await sleep(20);
      const asked = [...this.sessions].filter(([, { usedAt }]) => usedAt > performance.now() - BUSY);
      await Promise.race([Promise.all(asked.map(([session]) => pong(session))), sleep(LONGEST_PONG)]);
    }
    // Requests that come while the last one waits for its turn are enough to cut.
    await sleep(20);
  }

  private letGo(): void {
    for (const take of this.held ?? []) take.cut = true;
    for (const state of this.sessions.values()) state.isCut = true;
    this.held = undefined;
  }

  private take(stream: ServerHttp2Stream): void {
    const { session } = stream;
    const state = session && this.sessions.get(session as ServerHttp2Session);
    if (state) {
      state.last = Math.max(state.last, stream.id ?? 0);
      state.usedAt = performance.now();
    }
    stream.on('error', () => undefined);
    if (state?.goodbyeAt !== undefined && (stream.id ?? 0) > state.goodbyeAt) {
      stream.close(constants.NGHTTP2_REFUSED_STREAM);
      return;
    }
    const { resets } = this;
    if (resets && resets.left > 0) {
      resets.left--;
      this.troubled++;
      stream.close(resets.code);
      return;
    }
    let body = '';
    stream.setEncoding('utf8');
    stream.on('data', (text: string) => {
      body += text;
    });
    stream.once('end', () => this.answer(stream, body));
  }

  private answer(stream: ServerHttp2Stream, body: string): void {
    if (stream.destroyed || stream.closed) return;
    if (this.unavailable) {
      this.troubled++;
      stream.respond({ ':status': 503, 'retry-after': '1' });
      stream.end('{"reason":"ServiceUnavailable","error":{"status":"UNAVAILABLE"}}');
      return;
    }
    const take = this.pushes.add(Number(NUMBER.exec(body)?.[1] ?? -1), this.stalled);
    const state = stream.session && this.sessions.get(stream.session as ServerHttp2Session);
    if (!state || state.isCut) take.cut = true;
    if (this.held) this.held.push(take);
    else stream.respond({ ':status': 200 }, { endStream: true });
    for (const look of this.watchers) look();
  }
}

/** Resolves when the other side has answered a ping, or the connection is gone. */
function pong(session: ServerHttp2Session): Promise<void> {
  return new Promise((resolve) => {
    if (session.destroyed || session.closed) return resolve();
    session.once('close', resolve);
    session.ping(() => {
      session.off('close', resolve);
      resolve();
    });
  });
}

function portOf(server: Server | Http2SecureServer): number {
  return (server.address() as AddressInfo).port;
}
