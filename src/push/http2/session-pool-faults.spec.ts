import { constants, type ServerHttp2Stream } from 'node:http2';
import { connect, createServer as createTcpServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import {
  aFreezingProxy,
  allFine,
  answerFine,
  aPool,
  aServer,
  closers,
  listenOn,
  many,
  post,
  statuses,
  until,
} from '../../../test/support/scripted-http2.js';
import { SessionPool } from './session-pool.js';

describe('SessionPool under faults', () => {
  it('sends on another session what a GOAWAY says was never processed, and lets the older streams end', async () => {
    const kept: ServerHttp2Stream[] = [];
    const server = await aServer((stream, session) => {
      if (session !== server.sessions[0]) return answerFine(stream);
      kept.push(stream);
      if (kept.length === 5) session.goaway(constants.NGHTTP2_NO_ERROR, 3);
    });
    const results = many(aPool(server.origin, { maxSessions: 2 }), 5);
    await until(() => server.bodies.length >= 7);
    kept.slice(0, 2).forEach(answerFine);
    expect(statuses(await results)).toEqual(allFine(5));
    expect(server.sessions).toHaveLength(2);
  });

  it('lets go of a connection that has ended and that its peer never closes', async () => {
    const server = await aServer((stream, session) => {
      stream.once('close', () => session.goaway());
      answerFine(stream);
    });
    // Passes everything on but the end of a connection.
    const proxy = createTcpServer({ allowHalfOpen: true }, (client) => {
      const upstream = connect(Number(new URL(server.origin).port), '127.0.0.1');
      for (const [one, other] of [
        [client, upstream],
        [upstream, client],
      ] as const) {
        one.on('data', (bytes) => other.write(bytes));
        one.on('error', () => undefined);
      }
      closers.push(() => [client, upstream].map((socket) => socket.destroy()));
    });
    closers.push(() => proxy.close());
    let closed = 0;
    const pool = new SessionPool(
      `http://127.0.0.1:${await listenOn(proxy)}`,
      { connectIntervalMs: 50, pongTimeoutMs: 500 },
      {},
      [{ sessionClosed: () => closed++ }],
    );
    closers.push(() => pool.close());
    expect(statuses(await many(pool, 1))).toEqual(allFine(1));
    await until(() => closed === 1);
    expect(statuses(await many(pool, 1))).toEqual(allFine(1));
  });

  it('sends again only what lies beyond a GOAWAY with an error', async () => {
    let streams = 0;
    const server = await aServer((stream, session) => {
      if (session !== server.sessions[0]) return answerFine(stream);
      if (++streams === 5) session.goaway(constants.NGHTTP2_ENHANCE_YOUR_CALM, 3);
    });
    const results = statuses(await many(aPool(server.origin), 5));
    expect(results.toSorted()).toEqual([200, 200, 200, 'connection-lost', 'connection-lost']);
  });

  it('sends again what was refused with REFUSED_STREAM', async () => {
    let refused = 0;
    const server = await aServer((stream) => {
      if (refused++ < 7) stream.close(constants.NGHTTP2_REFUSED_STREAM);
      else answerFine(stream);
    });
    expect(statuses(await many(aPool(server.origin), 4))).toEqual(allFine(4));
    expect(refused).toBeGreaterThan(7);
  });

  it('reports the end of a connection without an answerFine, and connects again for the next request', async () => {
    let calls = 0;
    const server = await aServer((stream, session) => {
      if (calls++ === 0) session.destroy();
      else answerFine(stream);
    });
    const pool = aPool(server.origin);
    expect(await post(pool)).toEqual({ kind: 'failure', reason: 'connection-lost' });
    expect(await post(pool)).toMatchObject({ status: 200 });
  });

  it('gives up a request that is never answered, and frees its stream', async () => {
    const server = await aServer((stream, _session, path) => {
      if (path === '/good') answerFine(stream);
    });
    const pool = aPool(server.origin);
    expect(await post(pool, 'x', 200)).toEqual({ kind: 'failure', reason: 'timeout', silentMs: expect.any(Number) });
    await until(() => pool.snapshot().streams === 0);
    expect(await post(pool, 'x', 20_000, '/good')).toMatchObject({ status: 200 });
    expect(server.sessions).toHaveLength(1);
  });

  it('destroys a session that answers no ping, and goes on over a new one', async () => {
    const server = await aServer(answerFine);
    const proxy = await aFreezingProxy(Number(new URL(server.origin).port));
    const pool = aPool(proxy.origin, { suspectMs: 100, pongTimeoutMs: 200 });
    expect(await post(pool)).toMatchObject({ status: 200 });
    proxy.freeze();
    expect(await post(pool)).toEqual({ kind: 'failure', reason: 'connection-lost' });
    expect(await post(pool)).toMatchObject({ status: 200 });
    expect(server.sessions).toHaveLength(2);
  });

  it('pings a session that is merely quiet, and keeps it when it answers', async () => {
    const server = await aServer(answerFine);
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
    const pool = aPool(`http://127.0.0.1:${await listenOn(server)}`, { connectIntervalMs: 600_000 });
    const results = await many(pool, 20, 500);
    expect(new Set(statuses(results))).toEqual(new Set(['connection-lost', 'unreachable']));
    expect(statuses(await many(pool, 20, 100))).toEqual(Array.from({ length: 20 }, () => 'overloaded'));
    expect(attempts).toBe(1);
  });

  it('answers at once that a host is unreachable after several refused connections', async () => {
    const server = createTcpServer();
    const port = await listenOn(server);
    server.close();
    const pool = aPool(`http://127.0.0.1:${port}`, { connectIntervalMs: 20 });
    for (let i = 0; i < 3; i++) expect(await post(pool)).toEqual({ kind: 'failure', reason: 'unreachable' });
    expect(await post(pool)).toEqual({ kind: 'failure', reason: 'unreachable' });
    expect(pool.snapshot()).toMatchObject({ sessions: 0, waiting: 0 });
  });
});
