import { randomUUID } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { type Clock, SystemClock } from '../../common/clock.js';
import type { Authority } from '../transport/authority.js';
import type { Exchange } from '../transport/exchange.js';
import type { Received } from '../transport/received.js';
import { Script, type Turn } from '../transport/script.js';
import { SecureHost } from '../transport/secure-host.js';
import {
  FCM_ERRORS,
  type FcmErrorCode,
  fcmError,
  type GoogleError,
  permissionDenied,
  unauthenticated,
} from './fcm-errors.js';
import { checkMessage } from './fcm-message.js';
import { GoogleAccounts, type ServiceAccount } from './google-accounts.js';

export type { ServiceAccount } from './google-accounts.js';

/** A scripted answer of Google's. Without `error` the message is taken. */
export interface FcmAnswer {
  readonly error?: FcmErrorCode | 'UNAUTHENTICATED';
  /** In place of the status that belongs to `error`. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as it is in place of the JSON, for answers that are not Google's at all. */
  readonly rawBody?: string;
}

export interface FcmStandInOptions {
  readonly authority: Authority;
  readonly port?: number;
  readonly clock?: Clock;
  readonly project?: string;
  /** Streams per session (Google: 100). */
  readonly maxConcurrentStreams?: number;
  /** Life of a bearer token, seconds. */
  readonly tokenLifeSeconds?: number;
  /** False: requests are only counted, not kept, for long runs. */
  readonly keep?: boolean;
}

const JSON_TYPE = { 'content-type': 'application/json; charset=UTF-8' };

/**
 * Firebase Cloud Messaging (HTTP v1) and Google's token endpoint on one origin of 127.0.0.1, HTTP/2 and HTTP/1.1 over TLS, with
 * Google's rules and error shapes. A message taken raises `delivery`. By `script` (messages) and `tokenScript` (token endpoint,
 * keyed by nothing) it can be told to refuse, delay or break off.
 */
export class FcmStandIn extends EventEmitter<{ delivery: [Received]; request: [Received] }> {
  readonly script = new Script<FcmAnswer>();
  readonly tokenScript = new Script<{ readonly status: number; readonly body: string }>();
  /** All `messages:send` requests in order of their answers, also refused ones. */
  readonly received: Received[] = [];
  /** Messages taken so far, those only validated left out. */
  delivered = 0;
  /** Requests to the token endpoint so far. */
  tokenRequests = 0;
  readonly project: string;
  private readonly host: SecureHost;
  private readonly clock: Clock;
  private readonly accounts: GoogleAccounts;

  constructor(private readonly options: FcmStandInOptions) {
    super();
    this.clock = options.clock ?? new SystemClock();
    this.project = options.project ?? 'sandbox-project';
    this.accounts = new GoogleAccounts(this.clock, options.tokenLifeSeconds ?? 3599);
    this.host = new SecureHost(
      { ...options, http1: true, settings: { maxConcurrentStreams: options.maxConcurrentStreams ?? 100 } },
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

  /** URL of the token endpoint. */
  get tokenUri(): string {
    return `${this.origin}/token`;
  }

  /** HTTP/2 sessions opened so far, and those open now. */
  get sessions(): { readonly opened: number; readonly open: number } {
    return { opened: this.host.sessionsOpened, open: this.host.sessions.size };
  }

  /** Makes a service account whose `token_uri` is this stand-in; call after `start`. Of another project it may not send. */
  createServiceAccount(project = this.project): ServiceAccount {
    return this.accounts.create(project, this.tokenUri);
  }

  /** All bearer tokens handed out so far are refused from now on. */
  revokeTokens(): void {
    this.accounts.revokeTokens();
  }

  /** Requests received for one token. */
  receivedFor(token: string): Received[] {
    return this.received.filter((one) => one.token === token);
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
    this.tokenScript.clear();
    this.received.length = 0;
    this.delivered = 0;
    this.tokenRequests = 0;
  }

  private async handle(exchange: Exchange): Promise<void> {
    if (exchange.path === '/token' && exchange.method === 'POST') return await this.token(exchange);
    const project = /^\/v1\/projects\/([^/]+)\/messages:send$/.exec(exchange.path)?.[1];
    if (project === undefined || exchange.method !== 'POST') {
      return exchange.reply(
        404,
        { 'content-type': 'text/html; charset=UTF-8' },
        '<title>Error 404 (Not Found)!!1</title>',
      );
    }
    await this.message(exchange, project);
  }

  private async token(exchange: Exchange): Promise<void> {
    this.tokenRequests += 1;
    const turn = this.tokenScript.take('');
    await exchange.wait(turn.delayMs ?? 0);
    if (turn.fault) return exchange.fail(turn.fault);
    if (turn.answer) return exchange.reply(turn.answer.status, JSON_TYPE, turn.answer.body);
    const answer = await this.accounts.exchange(exchange.body.toString('utf8'), this.tokenUri);
    exchange.reply(answer.status, JSON_TYPE, JSON.stringify(answer.body));
  }

  private async message(exchange: Exchange, project: string): Promise<void> {
    const body = parse(exchange.body);
    const checked = checkMessage(body);
    const refusal = this.authenticate(exchange, project) ?? checked.error;
    const token = checked.error ? '' : checked.token;
    const turn: Turn<FcmAnswer> = refusal ? {} : this.script.take(token);
    await exchange.wait(turn.delayMs ?? 0);
    if (!exchange.open) return;
    const receipt = { token, headers: exchange.headers, rawBody: exchange.body.toString('utf8'), body };
    const record = (status: number, reason: string, counts: boolean) =>
      this.record(
        { ...receipt, status, reason, session: this.host.sessionNumber(exchange.session), at: this.clock.now() },
        counts,
      );
    if (turn.fault) {
      record(0, turn.fault.kind, false);
      return exchange.fail(turn.fault);
    }
    const error = refusal ?? scripted(turn.answer);
    const status = turn.answer?.status ?? error?.code ?? 200;
    const name = `projects/${project}/messages/${checked.error || !checked.validateOnly ? `0:${randomUUID()}` : 'fake_message_id'}`;
    const text = turn.answer?.rawBody ?? JSON.stringify(error ? { error } : { name });
    record(status, reasonOf(error), status === 200 && !checked.error && !checked.validateOnly);
    exchange.reply(status, { ...JSON_TYPE, ...turn.answer?.headers }, text);
  }

  private authenticate(exchange: Exchange, project: string): GoogleError | undefined {
    const own = this.accounts.projectOf(exchange.headers['authorization']);
    if (own === undefined) return unauthenticated();
    return own === project && project === this.project ? undefined : permissionDenied(project);
  }

  private record(one: Received, delivered: boolean): void {
    if (this.options.keep !== false) this.received.push(one);
    this.emit('request', one);
    if (!delivered) return;
    this.delivered += 1;
    this.emit('delivery', one);
  }
}

function scripted(answer: FcmAnswer | undefined): GoogleError | undefined {
  if (!answer?.error) return undefined;
  const error = answer.error === 'UNAUTHENTICATED' ? unauthenticated() : fcmError(answer.error);
  return answer.status === undefined ? error : { ...error, code: answer.status };
}

/** FCM's own word where there is one, else Google's general status. */
function reasonOf(error: GoogleError | undefined): string {
  const code = error?.details?.[0]?.['errorCode'];
  return typeof code === 'string' && code in FCM_ERRORS ? code : (error?.status ?? '');
}

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}
