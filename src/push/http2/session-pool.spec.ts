import { once } from 'node:events';
import {
  constants,
  createSecureServer,
  createServer,
  type Http2Server,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { generate } from 'selfsigned';
import { afterEach, describe, expect, it } from 'vitest';
import type { Http2Result } from './http2-request.js';
import type { PoolOptions, PoolTls } from './pool-options.js';
import { SessionPool } from './session-pool.js';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

type Handler = (stream: ServerHttp2Stream, session: ServerHttp2Session, path: string) => void;

/** An HTTP/2 server without TLS that keeps its sessions and the bodies it received, and does with streams what the test says. */
async function aServer(handler: Handler, settings: { maxConcurrentStreams?: number } = {}) {
  const server = createServer({ settings });
  const sessions = watch(server);
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
  return { origin: `http://127.0.0.1:${await listen(server)}`, sessions, bodies };
}

function watch(server: Http2Server): ServerHttp2Session[] {
  const sessions: ServerHttp2Session[] = [];
  server.on('session', (session) => {
    sessions.push(session);
    session.on('error', () => undefined);
  });
  closers.push(() => {
    for (const session of sessions) session.destroy();
    server.close();
  });
  return sessions;
}

async function listen(server: Server | Http2Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

function aPool(origin: string, options: Partial<PoolOptions> = {}, tls: PoolTls = {}): SessionPool {
  const pool = new SessionPool(origin, { connectIntervalMs: 50, closeGraceMs: 2000, ...options }, tls);
  closers.push(() => pool.close());
  return pool;
}

function post(pool: SessionPool, body = 'x', timeoutMs = 20_000, path = '/'): Promise<Http2Result> {
  return pool.request({ headers: { ':method': 'POST', ':path': path }, body, timeoutMs });
}

function many(pool: SessionPool, count: number, timeoutMs = 20_000): Promise<Http2Result[]> {
  return Promise.all(Array.from({ length: count }, (_, i) => post(pool, `body ${i}`, timeoutMs)));
}

const answer = (stream: ServerHttp2Stream) => {
  stream.respond({ ':status': 200 });
  stream.end('fine');
};
const statuses = (results: Http2Result[]) =>
  results.map((result) => (result.kind === 'answer' ? result.status : result.reason));
const allFine = (count: number) => Array.from({ length: count }, () => 200);

describe('SessionPool', () => {
  it('brings back status, headers and body, and delivers the request body', async () => {
    const server = await aServer((stream) => {
      stream.respond({ ':status': 410, 'retry-after': '7' });
      stream.end('{"reason":"x"}');
    });
    const result = await post(aPool(server.origin), 'content');
    expect(result).toMatchObject({ kind: 'answer', status: 410, body: '{"reason":"x"}' });
    expect(result.kind === 'answer' && result.headers['retry-after']).toBe('7');
    expect(server.bodies).toEqual(['content']);
  });

  it('never exceeds the one stream that a server allows, and loses nothing', async () => {
    let active = 0;
    let most = 0;
    const server = await aServer(
      (stream) => {
        most = Math.max(most, ++active);
        stream.on('close', () => active--);
        setTimeout(() => answer(stream), 2);
      },
      { maxConcurrentStreams: 1 },
    );
    expect(statuses(await many(aPool(server.origin, { maxSessions: 1 }), 100))).toEqual(allFine(100));
    expect(most).toBe(1);
    expect(server.sessions).toHaveLength(1);
  });

  it('follows a later SETTINGS that allows more streams', async () => {
    const open: ServerHttp2Stream[] = [];
    const server = await aServer((stream) => void open.push(stream), { maxConcurrentStreams: 1 });
    const pool = aPool(server.origin, { maxSessions: 1 });
    const results = many(pool, 10);
    await until(() => open.length === 1);
    server.sessions[0]?.settings({ maxConcurrentStreams: 100 });
    await until(() => open.length === 10);
    open.forEach(answer);
    expect(statuses(await results)).toEqual(allFine(10));
  });

  it('opens another session when all streams are taken, and spreads over the sessions', async () => {
    const open: ServerHttp2Stream[] = [];
    const server = await aServer((stream) => void open.push(stream), { maxConcurrentStreams: 2 });
    const pool = aPool(server.origin, { maxSessions: 3 });
    const results = many(pool, 6);
    await until(() => open.length === 6);
    expect(new Set(open.map((stream) => stream.session)).size).toBe(3);
    expect(pool.snapshot()).toMatchObject({ sessions: 3, streams: 6, capacity: 6, waiting: 0 });
    open.forEach(answer);
    expect(statuses(await results)).toEqual(allFine(6));
  });

  it('sends on another session what a GOAWAY says was never processed, and lets the older streams end', async () => {
    const kept: ServerHttp2Stream[] = [];
    const server = await aServer((stream, session) => {
      if (session !== server.sessions[0]) return answer(stream);
      kept.push(stream);
      if (kept.length === 5) session.goaway(constants.NGHTTP2_NO_ERROR, 3);
    });
    const results = many(aPool(server.origin, { maxSessions: 2 }), 5);
    await until(() => server.bodies.length >= 7);
    kept.slice(0, 2).forEach(answer);
    expect(statuses(await results)).toEqual(allFine(5));
    expect(server.sessions).toHaveLength(2);
  });

  it('sends again only what lies beyond a GOAWAY with an error', async () => {
    let streams = 0;
    const server = await aServer((stream, session) => {
      if (session !== server.sessions[0]) return answer(stream);
      if (++streams === 5) session.goaway(constants.NGHTTP2_ENHANCE_YOUR_CALM, 3);
    });
    const results = statuses(await many(aPool(server.origin), 5));
    expect(results.toSorted()).toEqual([200, 200, 200, 'connection-lost', 'connection-lost']);
  });

  it('sends again what was refused with REFUSED_STREAM', async () => {
    let refused = 0;
    const server = await aServer((stream) => {
      if (refused++ < 7) stream.close(constants.NGHTTP2_REFUSED_STREAM);
      else answer(stream);
    });
    expect(statuses(await many(aPool(server.origin), 4))).toEqual(allFine(4));
    expect(refused).toBeGreaterThan(7);
  });

  it('reports the end of a connection without an answer, and connects again for the next request', async () => {
    let calls = 0;
    const server = await aServer((stream, session) => {
      if (calls++ === 0) session.destroy();
      else answer(stream);
    });
    const pool = aPool(server.origin);
    expect(await post(pool)).toEqual({ kind: 'failure', reason: 'connection-lost' });
    expect(await post(pool)).toMatchObject({ status: 200 });
  });

  it('gives up a request that is never answered, and frees its stream', async () => {
    const server = await aServer((stream, _session, path) => {
      if (path === '/good') answer(stream);
    });
    const pool = aPool(server.origin);
    expect(await post(pool, 'x', 200)).toEqual({ kind: 'failure', reason: 'timeout' });
    await until(() => pool.snapshot().streams === 0);
    expect(await post(pool, 'x', 20_000, '/good')).toMatchObject({ status: 200 });
    expect(server.sessions).toHaveLength(1);
  });

  it('destroys a session that answers no ping, and goes on over a new one', async () => {
    const server = await aServer(answer);
    const proxy = await aFreezingProxy(Number(new URL(server.origin).port));
    const pool = aPool(proxy.origin, { suspectMs: 100, pongTimeoutMs: 200 });
    expect(await post(pool)).toMatchObject({ status: 200 });
    proxy.freeze();
    expect(await post(pool)).toEqual({ kind: 'failure', reason: 'connection-lost' });
    expect(await post(pool)).toMatchObject({ status: 200 });
    expect(server.sessions).toHaveLength(2);
  });

  it('pings a session that is merely quiet, and keeps it when it answers', async () => {
    const server = await aServer(answer);
    const pool = aPool(server.origin, { quietMs: 50 });
    await post(pool);
    const [session] = server.sessions;
    let pings = 0;
    session?.on('ping', () => pings++);
    await until(() => pings >= 2);
    await post(pool);
    expect(server.sessions).toHaveLength(1);
  });

  it('fails what waits when no connection can be made, and asks at most once per interval', async () => {
    let attempts = 0;
    const server = createTcpServer((socket) => {
      attempts++;
      socket.destroy();
    });
    closers.push(() => server.close());
    const pool = aPool(`http://127.0.0.1:${await listen(server)}`, { connectIntervalMs: 600_000 });
    const results = await many(pool, 20, 500);
    expect(new Set(statuses(results))).toEqual(new Set(['connection-lost', 'unreachable']));
    expect(statuses(await many(pool, 20, 100))).toEqual(Array.from({ length: 20 }, () => 'timeout'));
    expect(attempts).toBe(1);
  });

  it('answers at once that a host is unreachable after several refused connections', async () => {
    const server = createTcpServer();
    const port = await listen(server);
    server.close();
    const pool = aPool(`http://127.0.0.1:${port}`, { connectIntervalMs: 20 });
    for (let i = 0; i < 3; i++) expect(await post(pool)).toEqual({ kind: 'failure', reason: 'unreachable' });
    expect(await post(pool)).toEqual({ kind: 'failure', reason: 'unreachable' });
    expect(pool.snapshot()).toMatchObject({ sessions: 0, waiting: 0 });
  });

  it('bounds the waiting line by count and by age', async () => {
    const server = await aServer(() => undefined, { maxConcurrentStreams: 1 });
    const pool = aPool(server.origin, { maxSessions: 1, maxWaiting: 3, maxWaitMs: 300 });
    const first = post(pool, 'x', 2000);
    await until(() => pool.snapshot().streams === 1);
    const waiting = many(pool, 3);
    expect(pool.snapshot().waiting).toBe(3);
    expect(await post(pool)).toEqual({ kind: 'failure', reason: 'overloaded' });
    expect(statuses(await waiting)).toEqual(['overloaded', 'overloaded', 'overloaded']);
    expect(pool.snapshot().waiting).toBe(0);
    expect(await first).toEqual({ kind: 'failure', reason: 'timeout' });
  });

  it('lets a caller give up in the waiting line and in flight', async () => {
    const server = await aServer(() => undefined, { maxConcurrentStreams: 1 });
    const pool = aPool(server.origin, { maxSessions: 1 });
    const abort = new AbortController();
    const request = {
      headers: { ':method': 'POST', ':path': '/' },
      body: 'x',
      timeoutMs: 20_000,
      signal: abort.signal,
    };
    const results = [pool.request(request), pool.request(request)];
    await until(() => pool.snapshot().streams === 1);
    abort.abort();
    expect(statuses(await Promise.all(results))).toEqual(['aborted', 'aborted']);
    expect(await pool.request(request)).toEqual({ kind: 'failure', reason: 'aborted' });
    expect(server.bodies.length).toBeLessThanOrEqual(1);
  });

  it('replaces a session that carried as many requests as it may', async () => {
    const server = await aServer(answer);
    const pool = aPool(server.origin, { maxRequestsPerSession: 3 });
    while (server.sessions.length < 3) expect(await post(pool)).toMatchObject({ status: 200 });
    await until(() => server.sessions[0]?.destroyed === true);
    expect(await post(pool)).toMatchObject({ status: 200 });
  });

  it('replaces a session that has come of age', async () => {
    const server = await aServer(answer);
    const pool = aPool(server.origin, { maxAgeMs: 100 });
    await post(pool);
    await until(() => server.sessions.length >= 2 && server.sessions[0]?.destroyed === true);
    expect(await post(pool)).toMatchObject({ status: 200 });
  });

  it('refuses headers that HTTP/2 cannot carry without harming others', async () => {
    const server = await aServer(answer);
    const pool = aPool(server.origin);
    const bad = pool.request({
      headers: { ':method': 'POST', ':path': '/', connection: 'close' },
      body: '',
      timeoutMs: 5000,
    });
    expect(await bad).toEqual({ kind: 'failure', reason: 'unsendable' });
    expect(await post(pool)).toMatchObject({ status: 200 });
    expect(server.sessions).toHaveLength(1);
  });

  it('lets requests in flight and in line end before it closes, and takes no new ones', async () => {
    const server = await aServer((stream) => void setTimeout(() => answer(stream), 50), { maxConcurrentStreams: 1 });
    const pool = aPool(server.origin, { maxSessions: 1, closeGraceMs: 20_000 });
    const results = many(pool, 4);
    await until(() => pool.snapshot().streams === 1);
    const closed = pool.close();
    expect(await post(pool)).toEqual({ kind: 'failure', reason: 'closed' });
    await closed;
    expect(statuses(await results)).toEqual(allFine(4));
    await until(() => server.sessions[0]?.destroyed === true);
  });

  it('tells its observer what happened', async () => {
    const server = await aServer((stream, _session, path) => {
      if (path === '/good') answer(stream);
    });
    const seen: string[] = [];
    const pool = new SessionPool(
      server.origin,
      {},
      {},
      {
        sessionOpened: () => seen.push('opened'),
        sessionClosed: (established) => seen.push(`closed ${established}`),
        answered: (status, millis) => seen.push(`answered ${status} ${millis >= 0}`),
        failed: (reason) => seen.push(`failed ${reason}`),
      },
    );
    await post(pool, 'x', 20_000, '/good');
    await post(pool, 'x', 100, '/silent');
    await pool.close();
    await until(() => seen.length === 4);
    expect(seen).toEqual(['opened', 'answered 200 true', 'failed timeout', 'closed true']);
  });

  it('checks the name in the certificate', async () => {
    const tls = await aTlsServer('localhost');
    const trusting = aPool(`https://localhost:${tls.port}`, {}, { ca: tls.cert });
    expect(await post(trusting)).toMatchObject({ status: 200 });
    const misnamed = aPool(`https://127.0.0.1:${tls.port}`, {}, { ca: tls.cert });
    expect(await post(misnamed)).toEqual({ kind: 'failure', reason: 'unreachable' });
    const untrusting = aPool(`https://localhost:${tls.port}`);
    expect(await post(untrusting)).toEqual({ kind: 'failure', reason: 'unreachable' });
  });
});

async function aTlsServer(name: string) {
  const pems = await generate([{ name: 'commonName', value: name }], {
    keyType: 'ec',
    algorithm: 'sha256',
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: name }] }],
  });
  const server = createSecureServer({ key: pems.private, cert: pems.cert });
  watch(server);
  server.on('stream', answer);
  server.on('error', () => undefined);
  // Both families: `localhost` may mean either.
  server.listen(0, 'localhost');
  await once(server, 'listening');
  return { port: (server.address() as AddressInfo).port, cert: pems.cert };
}

/** Forwards bytes to a port until it is told to swallow what comes on the connections it has. */
async function aFreezingProxy(port: number) {
  const { connect } = await import('node:net');
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
    origin: `http://127.0.0.1:${await listen(proxy)}`,
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
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(10);
}
