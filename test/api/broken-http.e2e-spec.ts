import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { basic } from '../support/api-client.js';
import { type TestServerRow, TestService } from '../support/service.js';
import { expectRefusal } from './answers.js';
import { type RawAnswer, sendRaw } from './raw-connection.js';

const PATH = '/api/v1/remotes/push/register';

let service: TestService;
let server: TestServerRow;
beforeAll(async () => {
  service = await TestService.start({ requestTimeout: 1_500 });
  server = await service.addServer();
});
afterAll(() => service.stop());

afterEach(async () => {
  expect(await service.rows('SELECT 1 FROM devices')).toEqual([]);
  expect((await service.call('push/unregister/all', { auth: server, form: { user_id: 1 } })).status).toBe(200);
});

const lines = (...head: string[]) => `${head.join('\r\n')}\r\n\r\n`;
const authorization = () => `Authorization: ${basic(server)}`;

function expectEnvelope(answer: RawAnswer, status: number): void {
  expect([answer.status, answer.body?.['result'], typeof answer.body?.['msg']]).toEqual([status, 'error', 'string']);
  expect(answer.head).toContain('content-type: application/json');
}

describe('what is no request is answered in the envelope and cut off', () => {
  it.each<[string, string, number]>([
    ['noise', 'hello\r\n\r\n', 400],
    ['a method in small letters', lines(`post ${PATH} HTTP/1.1`, 'Host: x'), 400],
    ['a method that nobody knows', lines(`FETCH ${PATH} HTTP/1.1`, 'Host: x'), 400],
    ['another protocol', lines(`GET ${PATH} HTTP/7.3`, 'Host: x'), 400],
    ['the greeting of TLS', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', 400],
    ['the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400],
    ['a header without a colon', lines(`POST ${PATH} HTTP/1.1`, 'Host: x', 'nonsense'), 400],
    ['a header name with a space', lines(`POST ${PATH} HTTP/1.1`, 'Host: x', 'a b: c'), 400],
    ['a NUL in a header', lines(`POST ${PATH} HTTP/1.1`, 'Host: x', 'a: \0'), 400],
    ['two different lengths', lines(`POST ${PATH} HTTP/1.1`, 'Host: x', 'Content-Length: 1', 'Content-Length: 2'), 400],
    ['a negative length', lines(`POST ${PATH} HTTP/1.1`, 'Host: x', 'Content-Length: -1'), 400],
    ['a length in letters', lines(`POST ${PATH} HTTP/1.1`, 'Host: x', 'Content-Length: many'), 400],
    [
      'length and chunks together',
      lines(`POST ${PATH} HTTP/1.1`, 'Host: x', 'Content-Length: 5', 'Transfer-Encoding: chunked'),
      400,
    ],
    ['no Host', lines(`POST ${PATH} HTTP/1.1`, 'Connection: close'), 400],
    ['headers of 64 kB', lines(`POST ${PATH} HTTP/1.1`, 'Host: x', `a: ${'x'.repeat(65_536)}`), 431],
    ['a path of 64 kB', lines(`POST /${'x'.repeat(65_536)} HTTP/1.1`, 'Host: x'), 431],
  ])('%s', async (_name, text, status) => {
    expectEnvelope(await sendRaw(service.origin, [Buffer.from(text, 'latin1')]), status);
  });

  it('a broken chunk', async () => {
    const head = lines(`POST ${PATH} HTTP/1.1`, 'Host: x', authorization(), 'Transfer-Encoding: chunked');
    expectEnvelope(await sendRaw(service.origin, [head, 'zz\r\n']), 400);
  });
});

describe('a body', () => {
  it('that never ends is cut off', async () => {
    const head = lines(`POST ${PATH} HTTP/1.1`, 'Host: x', authorization(), 'Transfer-Encoding: chunked');
    const chunk = `100000\r\n${'x'.repeat(0x100000)}\r\n`;
    function* endless() {
      yield head;
      for (;;) yield chunk;
    }
    const answer = await sendRaw(service.origin, endless());
    // The answer may be lost where the client still writes into the closed connection.
    if (answer.status !== 0) expectEnvelope(answer, 413);
  });

  it('that says it is too large is not waited for', async () => {
    const head = lines(`POST ${PATH} HTTP/1.1`, 'Host: x', authorization(), 'Content-Length: 99999999999');
    expectEnvelope(await sendRaw(service.origin, [head]), 413);
  });

  it('that comes too slowly is given up', async () => {
    const head = lines(`POST ${PATH} HTTP/1.1`, 'Host: x', authorization(), 'Content-Length: 100');
    expectEnvelope(await sendRaw(service.origin, [head, 'token=']), 408);
  });

  it('that breaks off half-way stores nothing', async () => {
    const form = 'user_id=10&token_kind=2&token=abc';
    const head = lines(`POST ${PATH} HTTP/1.1`, 'Host: x', authorization(), `Content-Length: ${form.length + 1}`);
    const answer = await sendRaw(service.origin, [head, form], true);
    expect(answer.status).not.toBe(200);
  });
});

it('headers that come too slowly are given up', async () => {
  expectEnvelope(await sendRaw(service.origin, [`POST ${PATH} HTTP/1.1\r\nHost: x\r\n`]), 408);
});

it('two requests on one connection are answered both', async () => {
  const one = lines(`GET ${PATH} HTTP/1.1`, 'Host: x');
  const last = lines(`GET ${PATH} HTTP/1.1`, 'Host: x', 'Connection: close');
  expectEnvelope(await sendRaw(service.origin, [one + last]), 405);
});

describe('a path that is nearly right', () => {
  it.each([
    'push/register/',
    '/push/register',
    'push//register',
    'Push/register',
    'push/register%00',
    'push%2Fregister',
    'push/register;x=1',
    'push/%zz',
    'push/registers',
    'nothing',
    '',
    '../../../api/docs-json/x',
  ])('%s is not found, in the envelope', async (path) => {
    const head = lines(
      `POST /api/v1/remotes/${path} HTTP/1.1`,
      'Host: x',
      authorization(),
      'Content-Length: 0',
      'Connection: close',
    );
    const answer = await sendRaw(service.origin, [head]);
    expect([400, 404]).toContain(answer.status);
    expectEnvelope(answer, answer.status);
  });

  it.each(['http://other.example/api/v1/remotes/push/register', '*', '/'])(
    'the target %s is answered in the envelope',
    async (target) => {
      const answer = await sendRaw(service.origin, [
        lines(`POST ${target} HTTP/1.1`, 'Host: x', 'Content-Length: 0', 'Connection: close'),
      ]);
      expect(answer.status).toBeGreaterThanOrEqual(400);
      expectEnvelope(answer, answer.status);
      expect(answer.status).toBeLessThan(500);
    },
  );
});

describe('a method of other protocols', () => {
  it.each(['PROPFIND', 'TRACE', 'MKCOL', 'SEARCH', 'LINK', 'M-SEARCH', 'REPORT', 'QUERY'])(
    '%s is a wrong method, in the envelope',
    async (method) => {
      const head = lines(`${method} ${PATH} HTTP/1.1`, 'Host: x', 'Content-Length: 0', 'Connection: close');
      const answer = await sendRaw(service.origin, [head]);
      expectEnvelope(answer, answer.status);
      expect([400, 405]).toContain(answer.status);
    },
  );

  it('HEAD is a wrong method', async () => {
    expect((await service.call('push/register', { method: 'HEAD' })).status).toBe(405);
  });

  it('CONNECT gets no connection', async () => {
    const answer = await sendRaw(service.origin, [lines('CONNECT example.com:443 HTTP/1.1', 'Host: x')]);
    expect([0, 400, 404, 405]).toContain(answer.status);
  });
});

describe('headers that make no sense', () => {
  it.each<[string, Record<string, string>]>([
    ['a content type', { 'content-type': ';;;===' }],
    ['an encoding', { 'content-encoding': 'gzip' }],
    ['a host', { host: '[:::' }],
    ['a host with a path', { host: 'a/b?c#d' }],
    ['an empty host', { host: '' }],
    ['what to accept', { accept: 'image/*', 'accept-encoding': 'x', 'accept-language': '\xff' }],
    ['a forwarded address', { 'x-forwarded-for': 'nonsense, , 999.1.1.1', 'x-forwarded-host': ']]' }],
    ['an expectation', { expect: '200-ok' }],
    ['an upgrade', { connection: 'close, upgrade', upgrade: 'h2c' }],
    ['a cookie', { cookie: '=;=;\x01' }],
    ['an origin', { origin: 'null', referer: ':' }],
    ['a request id', { 'x-request-id': "'; --" }],
  ])('%s', async (_name, headers) => {
    const answer = await sendRaw(service.origin, [
      lines(
        `POST ${PATH} HTTP/1.1`,
        ...(headers['host'] === undefined ? ['Host: x'] : []),
        ...Object.entries({ ...headers, ...(headers['connection'] ? {} : { connection: 'close' }) }).map(
          ([name, value]) => `${name}: ${value}`,
        ),
        authorization(),
        'Content-Length: 0',
      ),
    ]);
    expectEnvelope(answer, answer.status);
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.status).toBeLessThan(500);
  });
});

it('a broken request beside good ones disturbs none of them', async () => {
  const good = () => service.call('push/unregister/all', { auth: server, form: { user_id: 1 } });
  const answers = await Promise.all([
    ...Array.from({ length: 20 }, good),
    ...Array.from({ length: 20 }, () =>
      service.call('push/register', { auth: server, raw: '%', headers: { 'content-type': 'x' } }),
    ),
  ]);
  expect(answers.slice(0, 20).map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 200));
  for (const answer of answers.slice(20)) expectRefusal(answer);
});
