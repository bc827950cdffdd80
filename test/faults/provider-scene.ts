import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LoggerService } from '@nestjs/common';
import { inject } from 'vitest';
import { ApnsHttp2Provider } from '../../src/push/apns/apns-http2.provider.js';
import { FcmHttp2Provider } from '../../src/push/fcm/fcm-http2.provider.js';
import type { BreakerOptions } from '../../src/push/http2/breaker.js';
import type { PoolOptions } from '../../src/push/http2/pool-options.js';
import type { PushOutcome } from '../../src/push/push-outcome.js';
import { ApnsStandIn, type ApnsStandInOptions } from '../../src/sandbox/apns/apns-stand-in.js';
import { FcmStandIn } from '../../src/sandbox/fcm/fcm-stand-in.js';
import { Authority } from '../../src/sandbox/transport/authority.js';
import type { Received } from '../../src/sandbox/transport/received.js';
import { MovableClock } from '../support/movable-clock.js';
import { TcpProxy } from '../support/tcp-proxy.js';

/** Waits that are long in production, shortened; budgets stay long, since the machine may be busy. */
export const QUICK: Partial<PoolOptions> = {
  connectIntervalMs: 50,
  connectTimeoutMs: 3000,
  suspectMs: 500,
  pongTimeoutMs: 2500,
  maxWaitMs: 30_000,
  closeGraceMs: 1000,
};

export interface SceneOptions {
  readonly pool?: Partial<PoolOptions>;
  readonly breaker?: Partial<BreakerOptions>;
  readonly apns?: Partial<ApnsStandInOptions>;
  /** Address that the proxy listens on, and the name by which the provider calls it. */
  readonly host?: string;
  /** Trust another authority than the stand-in's. */
  readonly otherAuthority?: boolean;
}

/** What became of a burst: how many deliveries ended how, and what the stand-in says of them. */
export interface Tally {
  readonly delivered: number;
  readonly tryLater: number;
  readonly other: number;
  /** Counted delivered, but never taken by the stand-in. */
  readonly lost: number;
  /** Taken more than once. */
  readonly doubled: number;
  /** Not counted delivered, although the stand-in took it. */
  readonly unheard: number;
}

/** A provider, the stand-in it sends to, and the network between them. */
export class ProviderScene {
  private bursts = 0;

  private constructor(
    readonly kind: 'apns' | 'fcm',
    readonly standIn: ApnsStandIn | FcmStandIn,
    readonly proxy: TcpProxy,
    readonly clock: MovableClock,
    readonly standInClock: MovableClock,
    readonly provider: ApnsHttp2Provider | FcmHttp2Provider,
    readonly logged: readonly string[],
    readonly stop: () => Promise<void>,
  ) {}

  static async start(kind: 'apns' | 'fcm', options: SceneOptions = {}): Promise<ProviderScene> {
    const authority = Authority.restore(inject('authority'));
    const [clock, standInClock] = [new MovableClock(), new MovableClock()];
    const standIn =
      kind === 'apns'
        ? new ApnsStandIn({ authority, clock: standInClock, ...options.apns })
        : new FcmStandIn({ authority, clock: standInClock });
    await standIn.start();
    const proxy = await TcpProxy.start(standIn.port, options.host);
    const folder = await mkdtemp(join(tmpdir(), 'push-bouncer-faults-'));
    const file = async (text: string) => {
      await writeFile(join(folder, 'credentials'), text);
      return join(folder, 'credentials');
    };
    const origin = `https://${options.host ?? 'localhost'}:${proxy.port}`;
    const logged: string[] = [];
    const note = (message: unknown) => void logged.push(String(message));
    const logger: LoggerService = { log: note, warn: note, error: note };
    const extras = {
      ca: options.otherAuthority ? (await Authority.create()).caPem : authority.caPem,
      pool: { ...QUICK, ...options.pool },
      ...(options.breaker ? { breaker: options.breaker } : {}),
    };
    let provider: ApnsHttp2Provider | FcmHttp2Provider;
    if (standIn instanceof ApnsStandIn) {
      const { p8, keyId, teamId } = standIn.createApnsKey();
      const settings = { origin, keyFile: await file(p8), keyId, teamId };
      provider = new ApnsHttp2Provider(settings, clock, logger, extras);
    } else {
      const credentialsFile = await file(JSON.stringify(standIn.createServiceAccount()));
      provider = new FcmHttp2Provider({ origin, credentialsFile }, clock, logger, extras);
    }
    return new ProviderScene(kind, standIn, proxy, clock, standInClock, provider, logged, async () => {
      await provider.close();
      await proxy.stop();
      await standIn.stop();
      await rm(folder, { recursive: true, force: true });
    });
  }

  /** So many tokens that no other call of this scene has used. */
  tokens(count: number): string[] {
    const burst = ++this.bursts;
    return Array.from({ length: count }, (_, i) => (burst * 0x1000000 + i).toString(16).padStart(16, '0'));
  }

  /** Sends one message to each token, all at once, as separate notifications. `registeredAt`: of all the devices. */
  async send(tokens: readonly string[], budgetMs = 40_000, registeredAt?: Date): Promise<PushOutcome[]> {
    const options = { deadline: this.clock.millis() + budgetMs };
    const outcomes = await Promise.all(tokens.map((token) => this.sendOne(token, options, registeredAt)));
    return outcomes.flat();
  }

  /** Compares outcomes with what the stand-in took, and prints the numbers. */
  tally(name: string, tokens: readonly string[], outcomes: readonly PushOutcome[]): Tally {
    const taken = new Map<string, number>();
    for (const one of this.received) {
      if (one.status === 200) taken.set(one.token, (taken.get(one.token) ?? 0) + 1);
    }
    const of = (kind: string) => tokens.filter((_, i) => outcomes[i]?.kind === kind);
    const times = (token: string) => taken.get(token) ?? 0;
    const delivered = of('delivered');
    const tally: Tally = {
      delivered: delivered.length,
      tryLater: of('try-later').length,
      other: tokens.length - delivered.length - of('try-later').length,
      lost: delivered.filter((token) => times(token) === 0).length,
      doubled: tokens.filter((token) => times(token) > 1).length,
      unheard: tokens.filter((token, i) => outcomes[i]?.kind !== 'delivered' && times(token) > 0).length,
    };
    const { opened } = this.standIn.sessions;
    process.stdout.write(
      `${this.kind}, ${name}: ${JSON.stringify({ sent: tokens.length, ...tally, sessions: opened })}\n`,
    );
    return tally;
  }

  get received(): readonly Received[] {
    return this.standIn.received;
  }

  /** Does something soon after the stand-in has had so many more requests. */
  after(requests: number, act: () => void): void {
    let left = requests;
    const count = () => {
      if (--left > 0) return;
      this.standIn.off('request', count);
      setImmediate(act);
    };
    this.standIn.on('request', count);
  }

  private sendOne(token: string, options: { deadline: number }, registeredAt?: Date): Promise<PushOutcome[]> {
    if (this.provider instanceof ApnsHttp2Provider) {
      const delivery = { token, topic: 'org.zulip.Zulip', body: '{"aps":{"alert":"x"}}' };
      return this.provider.send([{ ...delivery, ...(registeredAt ? { registeredAt } : {}) }], options);
    }
    const body = JSON.stringify({ message: { token, data: { event: 'message' } } });
    return this.provider.send([{ token, body }], options);
  }
}
