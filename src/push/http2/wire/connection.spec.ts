import { createServer, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2';
import { createServer as createTlsServer } from 'node:tls';
import fc from 'fast-check';
import { generate } from 'selfsigned';
import { describe, expect, it } from 'vitest';
import { closers, listenOn, until, watchSessions } from '../../../../test/support/scripted-http2.js';
import { WireClient } from '../../../../test/support/wire-connection.js';
import { UnsendableHeaders } from './request-headers.js';

/** Characters of header values: visible ones of latin1, mostly the usual, and blanks within. */
const value = fc
  .oneof(
    fc.stringMatching(/^[a-zA-Z0-9 .,:;/_-]{0,120}$/),
    fc
      .array(fc.oneof(fc.integer({ min: 0x20, max: 0x7e }), fc.integer({ min: 0x80, max: 0xff })), { maxLength: 300 })
      .map((codes) => String.fromCharCode(...codes)),
  )
  .map((text) => text.trim());
const names = [
  'authorization',
  'apns-topic',
  'apns-id',
  'x-a',
  'content-type',
  'user-agent',
  'x-very-long-name-of-a-header',
];
const headers = fc.dictionary(fc.constantFrom(...names), value, { maxKeys: names.length });

/** A server of Node's own that says what it received, with headers of the test's. */
async function anEcho(settings: { headerTableSize?: number; initialWindowSize?: number; maxFrameSize?: number } = {}) {
  const server = createServer({ settings });
  const sessions: ServerHttp2Session[] = watchSessions(server);
  const answers: Record<string, string>[] = [];
  server.on('stream', (stream: ServerHttp2Stream, received) => {
    const body: Buffer[] = [];
    stream.on('data', (chunk: Buffer) => body.push(chunk));
    stream.on('end', () => {
      stream.respond({ ':status': 418, ...answers.shift() });
      stream.end(JSON.stringify({ headers: received, body: Buffer.concat(body).toString('utf8') }));
    });
    stream.on('error', () => undefined);
  });
  return { origin: `http://127.0.0.1:${await listenOn(server)}`, sessions, answers };
}

async function echoed(end: ReturnType<WireClient['post']>['end']) {
  const answer = await end;
  if (answer.kind !== 'answer') throw new Error(answer.kind);
  return { headers: answer.headers, seen: JSON.parse(answer.body) as { headers: object; body: string } };
}

describe('Connection beside the HTTP/2 of Node', () => {
  it.each([
    {},
    { headerTableSize: 0 },
    { headerTableSize: 200 },
    { initialWindowSize: 300 },
    { maxFrameSize: 100_000 },
  ])('carries any headers and any text both ways, whatever the other side allows: %o', async (settings) => {
    const echo = await anEcho(settings);
    const client = await new WireClient(echo.origin).ready();
    await fc.assert(
      fc.asyncProperty(
        headers,
        headers,
        fc.oneof(
          { weight: 9, arbitrary: fc.string({ unit: 'grapheme', maxLength: 200 }) },
          fc.constant('ü'.repeat(40_000)),
        ),
        fc.subarray(names),
        async (sent, back, body, once) => {
          echo.answers.push(back);
          const { headers: received, seen } = await echoed(client.post(body, sent, once).end);
          expect(seen.headers).toMatchObject({
            ':method': 'POST',
            ':path': '/3/device/abc',
            ':scheme': 'http',
            ':authority': new URL(echo.origin).host,
            ...sent,
          });
          expect(seen.body).toBe(body);
          expect(received).toMatchObject(back);
        },
      ),
      { numRuns: 60 },
    );
    expect(echo.sessions).toHaveLength(1);
  });

  it('follows changes of the table of header compression while requests are under way', async () => {
    const echo = await anEcho();
    const client = await new WireClient(echo.origin).ready();
    const authorization = `bearer ${'a'.repeat(300)}`;
    for (const headerTableSize of [4096, 0, 500, 65_536, 100, 4096]) {
      const settings = client.told.length;
      echo.sessions[0]?.settings({ headerTableSize });
      const during = await Promise.all(
        Array.from({ length: 20 }, (_, i) => echoed(client.post('x', { authorization, 'x-n': `${i % 3}` }).end)),
      );
      for (const [i, { seen }] of during.entries()) {
        expect(seen.headers).toMatchObject({ authorization, 'x-n': `${i % 3}` });
      }
      if (echo.sessions[0]) await until(() => client.told.length > settings);
    }
  });

  it('names a long header in full only once', async () => {
    const echo = await anEcho();
    let bytes = 0;
    const client = await new WireClient(echo.origin).ready();
    echo.sessions[0]?.socket.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
    });
    const authorization = `bearer ${'a'.repeat(900)}`;
    for (let i = 0; i < 20; i++) {
      const { seen } = await echoed(
        client.post('x', { 'apns-id': `${i}`.padStart(36, '0'), authorization }, ['apns-id']).end,
      );
      expect(seen.headers).toMatchObject({ authorization });
    }
    expect(client.connection.usable).toBe(true);
    expect(bytes).toBeLessThan(3000);
  });

  it('carries a thousand requests of one turn, and their answers in any order', async () => {
    const echo = await anEcho();
    const client = await new WireClient(echo.origin).ready();
    const all = await Promise.all(Array.from({ length: 1000 }, (_, i) => echoed(client.post(`body ${i}`).end)));
    expect(all.map(({ seen }) => seen.body)).toEqual(Array.from({ length: 1000 }, (_, i) => `body ${i}`));
  });

  it.each([
    ['a header of HTTP/1.1', { connection: 'close' }],
    ['a line break', { 'x-a': 'a\r\nb: c' }],
    ['a character beyond latin1', { 'x-a': 'a€' }],
    ['a blank at an end', { 'x-a': 'a ' }],
    ['capitals in a name', { 'X-A': 'a' }],
    ['a pseudo-header after others', { 'x-a': 'a', ':late': 'b' }],
  ])('refuses %s and sends nothing', async (_what, bad) => {
    const echo = await anEcho();
    const client = await new WireClient(echo.origin).ready();
    expect(() => client.post('x', bad as Record<string, string>)).toThrow(UnsendableHeaders);
    expect((await echoed(client.post('fine').end)).seen.body).toBe('fine');
  });

  it('lets its exchanges end before it closes, and closes at once without any', async () => {
    const echo = await anEcho();
    const client = await new WireClient(echo.origin).ready();
    const { end } = client.post('last words');
    client.connection.close();
    expect(client.connection.usable).toBe(false);
    expect((await echoed(end)).seen.body).toBe('last words');
    expect(await client.closed()).toBe('undefined');
    const idle = await new WireClient(echo.origin).ready();
    idle.connection.close();
    expect(await idle.closed()).toBe('undefined');
    await until(() => echo.sessions.every((session) => session.destroyed));
  });

  it('ends what is under way as lost when it is cut', async () => {
    const server = createServer();
    const sessions = watchSessions(server);
    server.on('stream', (stream) => stream.on('error', () => undefined));
    const origin = `http://127.0.0.1:${await listenOn(server)}`;
    const [cutting, cut] = [await new WireClient(origin).ready(), await new WireClient(origin).ready()];
    const [one, other] = [cutting.post(), cut.post()];
    await until(() => sessions.length === 2);
    cutting.connection.destroy('ETIMEDOUT');
    expect(await one.end).toEqual({ kind: 'lost' });
    expect(await cutting.closed()).toBe('ETIMEDOUT');
    for (const session of sessions) session.destroy();
    expect(await other.end).toEqual({ kind: 'lost' });
    await cut.closed();
  });

  it('says why it could not connect', async () => {
    const server = createServer();
    const port = await listenOn(server);
    closers.push(() => server.close());
    server.close();
    expect(await new WireClient(`http://127.0.0.1:${port}`).closed()).toBe('ECONNREFUSED');
  });

  it('takes no peer whose TLS does not agree on HTTP/2', async () => {
    const pems = await generate([{ name: 'commonName', value: 'localhost' }], {
      keyType: 'ec',
      algorithm: 'sha256',
      extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: 'localhost' }] }],
    });
    const server = createTlsServer({ key: pems.private, cert: pems.cert }, (socket) =>
      socket.on('error', () => undefined),
    );
    closers.push(() => server.close());
    const port = await listenOn(server, 'localhost');
    const client = new WireClient(`https://localhost:${port}`, 500, { ca: pems.cert });
    expect(await client.closed()).toBe('ERR_ALPN');
    expect(client.told).not.toContain('connected');
  });
});
