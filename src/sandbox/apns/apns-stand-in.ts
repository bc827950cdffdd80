import { randomUUID } from 'node:crypto';
import { EventEmitter } from 'node:events';
import type { ServerHttp2Session } from 'node:http2';
import { type Clock, SystemClock } from '../../common/clock.js';
import type { Authority } from '../transport/authority.js';
import type { Exchange } from '../transport/exchange.js';
import type { Received } from '../transport/received.js';
import { Script, type Turn } from '../transport/script.js';
import { SecureHost } from '../transport/secure-host.js';
import { APNS_REASON_STATUS, type ApnsReason } from './apns-reasons.js';
import { checkRequest, checkTarget, parseBody, tokenOf } from './apns-request.js';
import { type ApnsKey, ProviderTokens } from './provider-tokens.js';

export type { ApnsKey } from './provider-tokens.js';

/** A scripted answer of Apple's. `status` follows from `reason` unless given; without `reason` it is 200. */
export interface ApnsAnswer {
  readonly status?: number;
  readonly reason?: ApnsReason | (string & {});
  /** Of a 410: when the token died, milliseconds since the epoch. */
  readonly timestamp?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as it is in place of the JSON, for answers that are not Apple's at all. */
  readonly rawBody?: string;
}

export interface ApnsStandInOptions {
  readonly authority: Authority;
  readonly port?: number;
  readonly clock?: Clock;
  /** Streams a session may hold before its first authenticated request (Apple: 1) and after it (Apple: about 1000). */
  readonly initialStreams?: number;
  readonly maxConcurrentStreams?: number;
  /** Refuse provider tokens renewed on one connection more often than this, milliseconds (Apple: 20 minutes); 0 switches it off. */
  readonly minTokenUpdateMs?: number;
  /** Topics the credentials are good for; unset: any. */
  readonly topics?: readonly string[];
  /** False: requests are only counted, not kept, for long runs. */
  readonly keep?: boolean;
}

interface SessionState {
  readonly number: number;
  authenticated: boolean;
  token?: string;
  tokenSince: number;
}

/**
 * Apple's push service on 127.0.0.1: HTTP/2 over TLS with Apple's rules, statuses and reasons. Every request counts as received;
 * a message taken also raises `delivery`. By `script` it can be told to refuse, delay or break off.
 */
export class ApnsStandIn extends EventEmitter<{ delivery: [Received]; request: [Received] }> {
  readonly script = new Script<ApnsAnswer>();
  /** All requests in order of their answers, also refused ones. */
  readonly received: Received[] = [];
  /** Messages taken so far. */
  delivered = 0;
  private readonly host: SecureHost;
  private readonly clock: Clock;
  private readonly tokens: ProviderTokens;
  private readonly states = new WeakMap<ServerHttp2Session, SessionState>();
  private topics: ReadonlySet<string> | undefined;

  constructor(private readonly options: ApnsStandInOptions) {
    super();
    this.clock = options.clock ?? new SystemClock();
    this.tokens = new ProviderTokens(this.clock);
    this.topics = options.topics && new Set(options.topics);
    this.host = new SecureHost(
      {
        ...options,
        askForCertificate: true,
        settings: { maxConcurrentStreams: options.initialStreams ?? 1 },
      },
      (exchange) => this.handle(exchange),
    );
  }

  start(): Promise<void> {
    return this.host.start();
  }

  stop(): Promise<void> {
    return this.host.stop();
  }

  get port(): number {
    return this.host.port;
  }

  get origin(): string {
    return this.host.origin;
  }

  /** HTTP/2 sessions opened so far, and those open now. */
  get sessions(): { readonly opened: number; readonly open: number } {
    return { opened: this.host.sessionsOpened, open: this.host.sessions.size };
  }

  /** Makes a signing key this stand-in accepts. */
  createApnsKey(): ApnsKey {
    return this.tokens.createKey();
  }

  revokeApnsKey(keyId: string): void {
    this.tokens.revokeKey(keyId);
  }

  /** Only these topics are allowed from now on; undefined: any. */
  allowTopics(topics: readonly string[] | undefined): void {
    this.topics = topics && new Set(topics);
  }

  /** Requests received for one token, whatever the spelling of its hex digits. */
  receivedFor(token: string): Received[] {
    return this.received.filter((one) => one.token.toLowerCase() === token.toLowerCase());
  }

  /** GOAWAY on all sessions; see {@link SecureHost.goAway}. */
  goAway(code?: number, lastStreamId?: number): void {
    this.host.goAway(code, lastStreamId);
  }

  /** SETTINGS on all open sessions: as many streams as this from now on. */
  limitStreams(maxConcurrentStreams: number): void {
    for (const session of this.host.sessions) if (!session.destroyed) session.settings({ maxConcurrentStreams });
  }

  /** Tears all connections down at once. */
  destroyConnections(): void {
    this.host.destroyConnections();
  }

  /** Forgets what was received and scripted. */
  reset(): void {
    this.script.clear();
    this.received.length = 0;
    this.delivered = 0;
  }

  private async handle(exchange: Exchange): Promise<void> {
    const state = this.stateOf(exchange);
    const refusal = checkTarget(exchange) ?? (await this.authenticate(exchange, state)) ?? this.checkMessage(exchange);
    const turn: Turn<ApnsAnswer> = refusal ? { answer: { reason: refusal } } : this.script.take(tokenOf(exchange.path));
    await exchange.wait(turn.delayMs ?? 0);
    if (!exchange.open) return;
    if (turn.fault) {
      this.record(exchange, state, 0, turn.fault.kind);
      return exchange.fail(turn.fault);
    }
    this.answer(exchange, state, turn.answer ?? {});
  }

  private answer(exchange: Exchange, state: SessionState, answer: ApnsAnswer): void {
    const known: Readonly<Record<string, number>> = APNS_REASON_STATUS;
    const status = answer.status ?? (answer.reason ? (known[answer.reason] ?? 400) : 200);
    const body = answer.reason
      ? JSON.stringify({
          reason: answer.reason,
          ...(status === 410 ? { timestamp: answer.timestamp ?? this.clock.millis() } : {}),
        })
      : '';
    // What a test waits for is the receipt: record it first, so that it is there when the client has its answer.
    this.record(exchange, state, status, answer.reason ?? '');
    exchange.reply(
      status,
      { 'apns-id': exchange.headers['apns-id'] ?? randomUUID(), ...answer.headers },
      answer.rawBody ?? body,
    );
  }

  private record(exchange: Exchange, state: SessionState, status: number, reason: string): void {
    if (status === 200) this.delivered += 1;
    // In long runs nobody looks at single requests: no time is spent on them.
    if (this.options.keep === false && this.listenerCount('request') + this.listenerCount('delivery') === 0) return;
    const one: Received = {
      token: tokenOf(exchange.path),
      headers: exchange.headers,
      rawBody: exchange.body.toString('utf8'),
      body: parseBody(exchange.body),
      status,
      reason,
      session: state.number,
      at: this.clock.now(),
    };
    if (this.options.keep !== false) this.received.push(one);
    this.emit('request', one);
    if (status === 200) this.emit('delivery', one);
  }

  private checkMessage(exchange: Exchange): ApnsReason | undefined {
    return checkRequest(exchange, this.topics, !exchange.hasClientCertificate);
  }

  /** Credentials of one request. A session that has shown good ones may open as many streams as Apple allows. */
  private async authenticate(exchange: Exchange, state: SessionState): Promise<ApnsReason | undefined> {
    if (!exchange.hasClientCertificate) {
      const authorization = exchange.headers['authorization'];
      const reason = (await this.tokens.check(authorization)) ?? this.checkRenewal(state, authorization ?? '');
      if (reason) return reason;
    }
    if (!state.authenticated) {
      state.authenticated = true;
      const session = exchange.session;
      if (session && !session.destroyed)
        session.settings({ maxConcurrentStreams: this.options.maxConcurrentStreams ?? 1000 });
    }
    return undefined;
  }

  private checkRenewal(state: SessionState, token: string): ApnsReason | undefined {
    if (state.token === token) return undefined;
    const interval = this.options.minTokenUpdateMs ?? 20 * 60_000;
    const now = this.clock.millis();
    if (state.token !== undefined && now - state.tokenSince < interval) return 'TooManyProviderTokenUpdates';
    state.token = token;
    state.tokenSince = now;
    return undefined;
  }

  private stateOf(exchange: Exchange): SessionState {
    const session = exchange.session;
    if (!session) return { number: 0, authenticated: false, tokenSince: 0 };
    let state = this.states.get(session);
    if (!state) {
      state = { number: this.host.sessionNumber(session), authenticated: false, tokenSince: 0 };
      this.states.set(session, state);
    }
    return state;
  }
}
