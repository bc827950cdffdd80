import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer, type Server } from 'node:http';
import {
  createSecureServer,
  createServer,
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
} from 'node:http2';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { LoggerService } from '@nestjs/common';
import { decodeProtectedHeader, jwtVerify } from 'jose';
import { generate } from 'selfsigned';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Clock } from '../../common/clock.js';
import { FcmHttp2Provider } from './fcm-http2.provider.js';

const account = generateKeyPairSync('rsa', { modulusLength: 2048 });
const closers: (() => unknown)[] = [];
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'fcm-spec-'));
});
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

class SetClock extends Clock {
  ahead = 0;
  now(): Date {
    return new Date(Date.now() + this.ahead);
  }
}

type Answer = { status: number; status_word?: string; errorCode?: string; retryAfter?: string };

/** FCM: answers the n-th request with the n-th answer, further ones with the last. */
async function aGoogle(answers: Answer[], server: Http2Server = createServer()) {
  const seen: { headers: IncomingHttpHeaders; body: string }[] = [];
  const sessions: ServerHttp2Session[] = [];
  server.on('session', (session) => sessions.push(session.on('error', () => undefined)));
  server.on('stream', async (stream, headers) => {
    stream.on('error', () => undefined);
    const body = await text(stream);
    const { status, status_word, errorCode, retryAfter } = answers[Math.min(seen.length, answers.length - 1)]!;
    seen.push({ headers, body });
    stream.respond({ ':status': status, ...(retryAfter ? { 'retry-after': retryAfter } : {}) });
    const details = errorCode ? [{ '@type': 'type.googleapis.com/google.firebase.fcm.v1.FcmError', errorCode }] : [];
    stream.end(
      JSON.stringify(status === 200 ? { name: 'x' } : { error: { code: status, status: status_word, details } }),
    );
  });
  closers.push(() => {
    for (const session of sessions) session.destroy();
    server.close();
  });
  const port = await listen(server);
  return { port, origin: `http://127.0.0.1:${port}`, seen };
}

/** Google's token endpoint: hands out token-1, token-2, ... unless told to refuse. */
async function aTokenEndpoint() {
  const endpoint = {
    uri: '',
    assertions: [] as string[],
    refuse: undefined as { status: number; error: string } | undefined,
  };
  const server = createHttpServer(async (request, response) => {
    const form = new URLSearchParams(await text(request));
    expect(form.get('grant_type')).toBe('urn:ietf:params:oauth:grant-type:jwt-bearer');
    endpoint.assertions.push(form.get('assertion') ?? '');
    response.setHeader('content-type', 'application/json');
    response.statusCode = endpoint.refuse?.status ?? 200;
    const token = { access_token: `token-${endpoint.assertions.length}`, expires_in: 3600, token_type: 'Bearer' };
    response.end(JSON.stringify(endpoint.refuse ? { error: endpoint.refuse.error } : token));
  });
  closers.push(() => {
    server.closeAllConnections();
    server.close();
  });
  endpoint.uri = `http://127.0.0.1:${await listen(server)}/token`;
  return endpoint;
}

async function listen(server: Server | Http2Server, host = '127.0.0.1'): Promise<number> {
  server.listen(0, host);
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

function credentials(change: Record<string, unknown>): string {
  const path = join(folder, `account-${Math.random()}.json`);
  const file = {
    type: 'service_account',
    project_id: 'a-project',
    client_email: 'sender@a-project.example.com',
    private_key_id: 'key-1',
    private_key: account.privateKey.export({ type: 'pkcs8', format: 'pem' }),
    ...change,
  };
  writeFileSync(path, JSON.stringify(file));
  return path;
}

function aProvider(origin: string, tokenUri: string, extras: { ca?: string } = {}) {
  const logged: string[] = [];
  const note = (message: unknown) => void logged.push(String(message));
  const logger: LoggerService = { log: note, warn: note, error: note };
  const clock = new SetClock();
  const settings = { origin, credentialsFile: credentials({ token_uri: tokenUri }) };
  const provider = new FcmHttp2Provider(settings, clock, logger, { pool: { connectIntervalMs: 30 }, ...extras });
  closers.push(() => provider.close());
  const send = (count = 1, budgetMs = 30_000) =>
    provider.send(
      Array.from({ length: count }, (_, i) => ({ token: `t${i}`, body: `{"message":{"token":"t${i}"}}` })),
      { deadline: clock.millis() + budgetMs },
    );
  return { provider, logged, clock, send };
}

async function scene(answers: Answer[]) {
  const google = await aGoogle(answers);
  const endpoint = await aTokenEndpoint();
  return { google, endpoint, ...aProvider(google.origin, endpoint.uri) };
}

const FINE: Answer = { status: 200 };
const EXPIRED: Answer = { status: 401, status_word: 'UNAUTHENTICATED' };

describe('FcmHttp2Provider', () => {
  it('sends to the project with an access token that its account signed for', async () => {
    const { google, endpoint, send } = await scene([FINE]);
    expect(await send()).toEqual([{ kind: 'delivered' }]);
    expect(google.seen[0]?.headers).toMatchObject({
      ':method': 'POST',
      ':path': '/v1/projects/a-project/messages:send',
      authorization: 'Bearer token-1',
      'content-type': 'application/json',
    });
    expect(google.seen[0]?.body).toBe('{"message":{"token":"t0"}}');
    expect(decodeProtectedHeader(endpoint.assertions[0]!)).toEqual({ alg: 'RS256', typ: 'JWT', kid: 'key-1' });
    const { payload } = await jwtVerify(endpoint.assertions[0]!, account.publicKey);
    expect(payload).toMatchObject({
      iss: 'sender@a-project.example.com',
      aud: endpoint.uri,
      scope: 'https://www.googleapis.com/auth/firebase.messaging',
    });
    expect(payload.exp! - payload.iat!).toBe(3600);
  });

  it('asks for one token, however many messages there are', async () => {
    const { endpoint, send } = await scene([FINE]);
    expect(await send(50)).toHaveLength(50);
    await send(50);
    expect(endpoint.assertions).toHaveLength(1);
  });

  it('fetches another token when the old one has run out', async () => {
    const { google, endpoint, clock, send } = await scene([FINE]);
    await send();
    clock.ahead += 3_599_000;
    await send();
    expect(google.seen.map(({ headers }) => headers.authorization)).toEqual(['Bearer token-1', 'Bearer token-2']);
    expect(endpoint.assertions).toHaveLength(2);
  });

  it('goes on with a token about to run out while it fetches the next', async () => {
    const { google, endpoint, clock, send } = await scene([FINE]);
    await send();
    clock.ahead += 3_500_000;
    endpoint.refuse = { status: 503, error: 'busy' };
    expect(await send()).toEqual([{ kind: 'delivered' }]);
    expect(google.seen[1]?.headers.authorization).toBe('Bearer token-1');
  });

  it('fetches a fresh token once when FCM refuses one', async () => {
    const { google, endpoint, send } = await scene([EXPIRED, FINE]);
    expect(await send()).toEqual([{ kind: 'delivered' }]);
    expect(google.seen.map(({ headers }) => headers.authorization)).toEqual(['Bearer token-1', 'Bearer token-2']);
    expect(endpoint.assertions).toHaveLength(2);
  });

  it('gives up when fresh tokens are refused too', async () => {
    const { endpoint, logged, send } = await scene([EXPIRED]);
    expect(await send()).toEqual([{ kind: 'try-later', reason: 'UNAUTHENTICATED' }]);
    await send(5);
    expect(endpoint.assertions).toHaveLength(2);
    expect(logged).toEqual(['FCM refused the credentials: UNAUTHENTICATED']);
  });

  it('rejects and tells the operator once when the account itself is refused', async () => {
    const { endpoint, logged, google, send } = await scene([FINE]);
    endpoint.refuse = { status: 400, error: 'invalid_grant' };
    expect(await send(3)).toEqual(Array.from({ length: 3 }, () => ({ kind: 'rejected', reason: 'invalid_grant' })));
    expect(logged).toEqual(['FCM refused the credentials: invalid_grant']);
    expect(google.seen).toHaveLength(0);
  });

  it('ends as try-later while no token can be had, and recovers', async () => {
    const { endpoint, send } = await scene([FINE]);
    endpoint.refuse = { status: 503, error: 'busy' };
    expect(await send()).toEqual([{ kind: 'try-later', reason: 'busy' }]);
    endpoint.refuse = undefined;
    expect(await send()).toEqual([{ kind: 'delivered' }]);
  });

  it('tells a dead device', async () => {
    const { send } = await scene([{ status: 404, status_word: 'NOT_FOUND', errorCode: 'UNREGISTERED' }]);
    expect(await send()).toEqual([{ kind: 'token-gone', reason: 'UNREGISTERED' }]);
  });

  it('does not repeat at once what is over quota', async () => {
    const { google, send } = await scene([
      { status: 429, status_word: 'RESOURCE_EXHAUSTED', errorCode: 'QUOTA_EXCEEDED' },
    ]);
    expect(await send()).toEqual([{ kind: 'try-later', reason: 'QUOTA_EXCEEDED' }]);
    expect(google.seen).toHaveLength(1);
  });

  it('waits as long as FCM asks where its budget allows', async () => {
    const quota: Answer = { status: 429, status_word: 'RESOURCE_EXHAUSTED', errorCode: 'QUOTA_EXCEEDED' };
    const near = await scene([{ ...quota, retryAfter: '1' }, FINE]);
    expect(await near.send()).toEqual([{ kind: 'delivered' }]);
    const far = await scene([{ ...quota, retryAfter: '60' }, FINE]);
    expect(await far.send(1, 10_000)).toEqual([{ kind: 'try-later', reason: 'QUOTA_EXCEEDED', retryAfterSeconds: 60 }]);
  });

  it('tries a faulty service three times at most', async () => {
    const { google, send } = await scene([{ status: 503, status_word: 'UNAVAILABLE', errorCode: 'UNAVAILABLE' }]);
    expect(await send()).toEqual([{ kind: 'try-later', reason: 'UNAVAILABLE' }]);
    expect(google.seen).toHaveLength(3);
  });

  it('speaks TLS to an https origin', async () => {
    const pems = await generate([{ name: 'commonName', value: 'localhost' }], {
      keyType: 'ec',
      algorithm: 'sha256',
      extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: 'localhost' }] }],
    });
    const server = createSecureServer({ key: pems.private, cert: pems.cert });
    const seen: string[] = [];
    server.on('stream', (stream, headers) => {
      seen.push(String(headers[':scheme']));
      stream.respond({ ':status': 200 });
      stream.end();
    });
    closers.push(() => server.close());
    const port = await listen(server as unknown as Http2Server, 'localhost');
    const endpoint = await aTokenEndpoint();
    const { send } = aProvider(`https://localhost:${port}`, endpoint.uri, { ca: pems.cert });
    expect(await send()).toEqual([{ kind: 'delivered' }]);
    expect(seen).toEqual(['https']);
  });

  it('says so when it has no credentials', async () => {
    const provider = new FcmHttp2Provider({ origin: 'http://127.0.0.1:1' }, new SetClock(), {
      log() {},
      warn() {},
      error() {},
    });
    expect(provider.configured).toBe(false);
    expect(await provider.send([{ token: 't', body: '{}' }], { deadline: Date.now() })).toEqual([
      { kind: 'not-configured' },
    ]);
  });

  it('names the setting and the field of a broken credential file, and nothing from it', () => {
    const make = (path: string) =>
      new FcmHttp2Provider({ origin: 'http://127.0.0.1:1', credentialsFile: path }, new SetClock(), {
        log() {},
        warn() {},
        error() {},
      });
    const notJson = join(folder, 'not.json');
    writeFileSync(notJson, 'secret');
    expect(() => make(join(folder, 'missing.json'))).toThrow(
      'FCM_CREDENTIALS_FILE names a file that cannot be read (ENOENT)',
    );
    expect(() => make(notJson)).toThrow(/^FCM_CREDENTIALS_FILE is not JSON$/);
    expect(() => make(credentials({ project_id: undefined }))).toThrow(/^FCM_CREDENTIALS_FILE .*check project_id$/);
    expect(() => make(credentials({ token_uri: 'file:///etc' }))).toThrow(/check token_uri$/);
    expect(() => make(credentials({ private_key: 'secret' }))).toThrow(
      /^FCM_CREDENTIALS_FILE does not hold a readable private key$/,
    );
  });
});
