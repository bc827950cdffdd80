import { createSecureServer, type ServerHttp2Stream } from 'node:http2';
import { generate } from 'selfsigned';
import { describe, expect, it } from 'vitest';
import {
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
  watchSessions,
} from '../../../test/support/scripted-http2.js';
import { SessionPool } from './session-pool.js';

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
        setTimeout(() => answerFine(stream), 2);
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
    open.forEach(answerFine);
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
    open.forEach(answerFine);
    expect(statuses(await results)).toEqual(allFine(6));
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
    expect(await first).toMatchObject({ kind: 'failure', reason: 'timeout' });
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
    const server = await aServer(answerFine);
    const pool = aPool(server.origin, { maxRequestsPerSession: 3 });
    while (server.sessions.length < 3) expect(await post(pool)).toMatchObject({ status: 200 });
    await until(() => server.sessions[0]?.destroyed === true);
    expect(await post(pool)).toMatchObject({ status: 200 });
  });

  it('replaces a session that has come of age', async () => {
    const server = await aServer(answerFine);
    const pool = aPool(server.origin, { maxAgeMs: 100 });
    await post(pool);
    await until(() => server.sessions.length >= 2 && server.sessions[0]?.destroyed === true);
    expect(await post(pool)).toMatchObject({ status: 200 });
  });

  it('refuses headers that HTTP/2 cannot carry without harming others', async () => {
    const server = await aServer(answerFine);
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
    const server = await aServer((stream) => void setTimeout(() => answerFine(stream), 50), {
      maxConcurrentStreams: 1,
    });
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
      if (path === '/good') answerFine(stream);
    });
    const seen: string[] = [];
    const pool = new SessionPool(server.origin, {}, {}, [
      {
        sessionOpened: () => seen.push('opened'),
        sessionClosed: () => seen.push('closed'),
        answered: (status, millis) => seen.push(`answered ${status} ${millis >= 0}`),
        failed: (reason) => seen.push(`failed ${reason}`),
      },
    ]);
    await post(pool, 'x', 20_000, '/good');
    await post(pool, 'x', 100, '/silent');
    await pool.close();
    await until(() => seen.length === 4);
    expect(seen).toEqual(['opened', 'answered 200 true', 'failed timeout', 'closed']);
  });

  it('checks the name in the certificate', async () => {
    const tls = await aTlsServer('localhost');
    const trusting = aPool(`https://localhost:${tls.port}`, {}, { ca: tls.cert });
    expect(await post(trusting)).toMatchObject({ status: 200 });
    const codes: string[] = [];
    const observer = { connectionFailed: (code: string) => void codes.push(code) };
    const misnamed = new SessionPool(`https://127.0.0.1:${tls.port}`, {}, { ca: tls.cert }, [observer]);
    closers.push(() => misnamed.close());
    expect(await post(misnamed)).toEqual({ kind: 'failure', reason: 'unreachable' });
    expect(codes).toEqual(['ERR_TLS_CERT_ALTNAME_INVALID']);
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
  watchSessions(server);
  server.on('stream', answerFine);
  server.on('error', () => undefined);
  return { port: await listenOn(server, 'localhost'), cert: pems.cert };
}
