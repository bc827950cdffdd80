import { once } from 'node:events';
import {
  createServer,
  type Http2SecureServer,
  type Http2Server,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import { type AddressInfo, connect, createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach } from 'vitest';
import type { Http2Result } from '../../src/push/http2/http2-request.js';
import type { PoolOptions, PoolTls } from '../../src/push/http2/pool-options.js';
import { SessionPool } from '../../src/push/http2/session-pool.js';

/** What a test has opened; closed after it, the newest first. */
export const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

export type StreamHandler = (stream: ServerHttp2Stream, session: ServerHttp2Session, path: string) => void;

/** An HTTP/2 server without TLS that keeps its sessions and the bodies it received, and does with streams what the test says. */
export async function aServer(handler: StreamHandler, settings: { maxConcurrentStreams?: number } = {}) {
  const server = createServer({ settings });
  const sessions = watchSessions(server);
  const bodies: string[] = [];
  server.on('stream', (stream, headers) => {
    let body = '';
    stream.setEncoding('utf8');
    stream.on('data', (chunk: string) => {
      body += chunk;
    });
    stream.on('end', () => bodies.push(body));
    stream.on('error', () => undefined);
    handler(stream, stream.session as ServerHttp2Session, headers[':path'] as string);
  });
  return { origin: `http://127.0.0.1:${await listenOn(server)}`, sessions, bodies };
}

/** Collects a server's sessions and ends them with the test. */
export function watchSessions(server: Http2Server | Http2SecureServer): ServerHttp2Session[] {
  const sessions: ServerHttp2Session[] = [];
  server.on('session', (session: ServerHttp2Session) => {
    sessions.push(session);
    session.on('error', () => undefined);
  });
  closers.push(() => {
    for (const session of sessions) session.destroy();
    server.close();
  });
  return sessions;
}

/** Starts a server on a free port of one address. */
export async function listenOn(server: Server | Http2Server, host = '127.0.0.1'): Promise<number> {
  server.listen(0, host);
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

export function aPool(origin: string, options: Partial<PoolOptions> = {}, tls: PoolTls = {}): SessionPool {
  const pool = new SessionPool(origin, { connectIntervalMs: 50, closeGraceMs: 2000, ...options }, tls);
  closers.push(() => pool.close());
  return pool;
}

export function post(pool: SessionPool, body = 'x', timeoutMs = 20_000, path = '/'): Promise<Http2Result> {
  return pool.request({ headers: { ':method': 'POST', ':path': path }, body, timeoutMs });
}

export function many(pool: SessionPool, count: number, timeoutMs = 20_000): Promise<Http2Result[]> {
  return Promise.all(Array.from({ length: count }, (_, i) => post(pool, `body ${i}`, timeoutMs)));
}

export function answerFine(stream: ServerHttp2Stream): void {
  stream.respond({ ':status': 200 });
  stream.end('fine');
}

/** The status of each answer, the reason of each failure. */
export function statuses(results: readonly Http2Result[]): (number | string)[] {
  return results.map((result) => (result.kind === 'answer' ? result.status : result.reason));
}

export const allFine = (count: number) => Array.from({ length: count }, () => 200);

/** Forwards bytes to a port until it is told to swallow what comes on the connections it has. */
export async function aFreezingProxy(port: number) {
  const pairs: [Socket, Socket][] = [];
  const proxy = createTcpServer((client) => {
    const upstream = connect(port, '127.0.0.1');
    client.on('error', () => undefined);
    upstream.on('error', () => undefined);
    client.pipe(upstream);
    upstream.pipe(client);
    pairs.push([client, upstream]);
  });
  closers.push(() => {
    for (const pair of pairs) for (const socket of pair) socket.destroy();
    proxy.close();
  });
  return {
    origin: `http://127.0.0.1:${await listenOn(proxy)}`,
    freeze() {
      for (const [client, upstream] of pairs) {
        client.unpipe(upstream);
        upstream.unpipe(client);
        client.resume();
      }
    },
  };
}

/** Waits until something is so; a test that waits in vain fails by its own time limit. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await sleep(10);
}
