import type { PoolTls } from '../../src/push/http2/pool-options.js';
import { Connection } from '../../src/push/http2/wire/connection.js';
import type { Exchange, ExchangeEnd } from '../../src/push/http2/wire/exchange.js';
import type { RequestHeaders } from '../../src/push/http2/wire/request-headers.js';
import { closers, until } from './scripted-http2.js';

/** A client's connection, and what it told. */
export class WireClient {
  readonly told: string[] = [];
  readonly connection: Connection;

  constructor(origin: string, lingerMs = 500, tls: PoolTls = {}) {
    this.connection = new Connection(origin, tls, lingerMs, {
      connected: () => void this.told.push('connected'),
      settings: (maxStreams) => void this.told.push(`settings ${maxStreams}`),
      goaway: () => void this.told.push('goaway'),
      closed: (failure) => void this.told.push(`closed ${failure}`),
    });
    closers.push(() => this.connection.destroy());
  }

  /** Ready to send. */
  async ready(): Promise<this> {
    await until(() => this.connection.usable);
    return this;
  }

  post(body = 'x', headers: RequestHeaders = {}, once: readonly string[] = []): Posted {
    let ended: (end: ExchangeEnd) => void = () => undefined;
    const end = new Promise<ExchangeEnd>((resolve) => {
      ended = resolve;
    });
    const all = { ':method': 'POST', ':path': '/3/device/abc', ...headers };
    return { exchange: this.connection.request(all, once, body, ended), end };
  }

  /** How the connection closed. */
  async closed(): Promise<string | undefined> {
    const line = () => this.told.find((told) => told.startsWith('closed'));
    await until(() => line() !== undefined);
    return line()?.slice('closed '.length);
  }
}

export interface Posted {
  readonly exchange: Exchange;
  readonly end: Promise<ExchangeEnd>;
}
