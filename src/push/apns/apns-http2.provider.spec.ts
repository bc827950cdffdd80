import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import {
  createSecureServer,
  type IncomingHttpHeaders,
  type SecureServerOptions,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import type { LoggerService } from '@nestjs/common';
import { decodeProtectedHeader, jwtVerify } from 'jose';
import { generate } from 'selfsigned';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { SystemClock } from '../../common/clock.js';
import type { ApnsSettings } from '../../config/settings.js';
import type { ApnsDelivery } from '../push-provider.js';
import { ApnsHttp2Provider } from './apns-http2.provider.js';

const TOKEN = 'c0ffee00c0ffee11';
const signing = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const clock = new SystemClock();
const closers: (() => unknown)[] = [];
let folder: string;
let pems: { private: string; cert: string };

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'apns-spec-'));
  pems = await generate([{ name: 'commonName', value: 'localhost' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: 'localhost' }] }],
  });
  file('key.p8', signing.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string);
  file('cert.pem', pems.cert);
  file('cert-key.pem', pems.private);
});
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

function file(name: string, text: string): string {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
}

interface Seen {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly stream: ServerHttp2Stream;
}
type Answer = { status: number; reason?: string; timestamp?: number; retryAfter?: string } | 'destroy';

/** Answers the n-th request with the n-th answer, further ones with the last. */
async function anApple(answers: Answer[], tls: SecureServerOptions = {}) {
  const seen: Seen[] = [];
  const sessions: ServerHttp2Session[] = [];
  const server = createSecureServer({ key: pems.private, cert: pems.cert, ...tls });
  server.on('session', (session) => {
    sessions.push(session);
    session.on('error', () => undefined);
  });
  server.on('stream', async (stream, headers) => {
    stream.on('error', () => undefined);
    let body = '';
    for await (const chunk of stream.setEncoding('utf8')) body += chunk;
    const answer = answers[Math.min(seen.length, answers.length - 1)]!;
    seen.push({ headers, body, stream });
    if (answer === 'destroy') return void stream.session?.destroy();
    const { status, retryAfter, ...json } = answer;
    stream.respond({ ':status': status, ...(retryAfter ? { 'retry-after': retryAfter } : {}) });
    stream.end(Object.keys(json).length > 0 ? JSON.stringify(json) : undefined);
  });
  closers.push(() => {
    for (const session of sessions) session.destroy();
    server.close();
  });
  server.listen(0, 'localhost');
  await once(server, 'listening');
  return { origin: `https://localhost:${(server.address() as AddressInfo).port}`, seen, sessions };
}

function tokenSettings(origin: string): ApnsSettings {
  return { origin, keyFile: join(folder, 'key.p8'), keyId: 'KEYID12345', teamId: 'TEAMID1234' };
}

function aProvider(settings: ApnsSettings) {
  const logged: string[] = [];
  const note = (message: unknown) => void logged.push(String(message));
  const logger: LoggerService = { log: note, warn: note, error: note };
  const provider = new ApnsHttp2Provider(settings, clock, logger, { ca: pems.cert, pool: { connectIntervalMs: 30 } });
  closers.push(() => provider.close());
  return { provider, logged };
}

const aDelivery = (change: Partial<ApnsDelivery> = {}): ApnsDelivery => ({
  token: TOKEN,
  topic: 'org.example.app',
  body: '{"aps":{"alert":"secret words"}}',
  ...change,
});

async function sendOne(answers: Answer[], budgetMs = 30_000) {
  const apple = await anApple(answers);
  const { provider, logged } = aProvider(tokenSettings(apple.origin));
  const [outcome] = await provider.send([aDelivery()], { deadline: clock.millis() + budgetMs });
  return { outcome, logged, ...apple };
}

describe('ApnsHttp2Provider', () => {
  it('sends what Apple asks for, signed with the key', async () => {
    const apple = await anApple([{ status: 200 }]);
    const { provider } = aProvider(tokenSettings(apple.origin));
    const deliveries = [aDelivery({ expiration: 1_800_000_000 }), aDelivery({ priority: 5, pushType: 'background' })];
    const outcomes = await provider.send(deliveries, { deadline: clock.millis() + 30_000 });
    expect(outcomes).toEqual([{ kind: 'delivered' }, { kind: 'delivered' }]);

    const withExpiry = apple.seen.find(({ headers }) => headers['apns-expiration'] !== undefined)!;
    expect(withExpiry.headers).toMatchObject({
      ':method': 'POST',
      ':path': `/3/device/${TOKEN}`,
      'apns-topic': 'org.example.app',
      'apns-expiration': '1800000000',
    });
    expect(withExpiry.headers).not.toHaveProperty('apns-priority');
    expect(withExpiry.headers).not.toHaveProperty('apns-push-type');
    expect(withExpiry.body).toBe('{"aps":{"alert":"secret words"}}');
    const background = apple.seen.find((one) => one !== withExpiry)!;
    expect(background.headers).toMatchObject({ 'apns-priority': '5', 'apns-push-type': 'background' });
    expect(background.headers).not.toHaveProperty('apns-expiration');

    const ids = apple.seen.map(({ headers }) => headers['apns-id']);
    expect(new Set(ids).size).toBe(2);
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    const jwt = withExpiry.headers.authorization!.replace(/^bearer /, '');
    expect(decodeProtectedHeader(jwt)).toMatchObject({ alg: 'ES256', kid: 'KEYID12345' });
    const { payload } = await jwtVerify(jwt, signing.publicKey);
    expect(payload.iss).toBe('TEAMID1234');
    expect(Math.abs(payload.iat! - Date.now() / 1000)).toBeLessThan(600);
    expect(background.headers.authorization).toBe(withExpiry.headers.authorization);
  });

  it('answers in the order of the deliveries', async () => {
    const apple = await anApple([{ status: 200 }, { status: 410, reason: 'Unregistered', timestamp: 1700000000123 }]);
    const { provider } = aProvider(tokenSettings(apple.origin));
    const outcomes = await provider.send([aDelivery({ token: 'aa' }), aDelivery({ token: 'bb' })], {
      deadline: clock.millis() + 30_000,
    });
    const second = apple.seen.findIndex(({ headers }) => headers[':path'] === '/3/device/bb');
    expect(outcomes[1]?.kind).toBe(second === 0 ? 'delivered' : 'token-gone');
    expect(outcomes[0]?.kind).toBe(second === 0 ? 'token-gone' : 'delivered');
  });

  it('tells since when a token is gone', async () => {
    const { outcome, seen } = await sendOne([{ status: 410, reason: 'Unregistered', timestamp: 1700000000123 }]);
    expect(outcome).toEqual({ kind: 'token-gone', reason: 'Unregistered', since: new Date(1700000000123) });
    expect(seen).toHaveLength(1);
  });

  it('does not push a device at once that Apple says is being pushed too much', async () => {
    const { outcome, seen } = await sendOne([{ status: 429, reason: 'TooManyRequests', retryAfter: '1' }]);
    expect(outcome).toEqual({ kind: 'try-later', reason: 'TooManyRequests', retryAfterSeconds: 1 });
    expect(seen).toHaveLength(1);
  });

  it('tries again after a fault of the service, with the same id', async () => {
    const { outcome, seen } = await sendOne([
      { status: 500, reason: 'InternalServerError' },
      { status: 503, reason: 'ServiceUnavailable', retryAfter: '0' },
      { status: 200 },
    ]);
    expect(outcome).toEqual({ kind: 'delivered' });
    expect(new Set(seen.map(({ headers }) => headers['apns-id'])).size).toBe(1);
  });

  it('hands on a Retry-After that its budget cannot wait for', async () => {
    const date = new Date(Date.now() + 3_600_000).toUTCString();
    const { outcome, seen } = await sendOne([{ status: 503, reason: 'Shutdown', retryAfter: date }]);
    expect(outcome).toMatchObject({ kind: 'try-later', reason: 'Shutdown' });
    expect(outcome?.kind === 'try-later' && outcome.retryAfterSeconds).toBeGreaterThan(3000);
    expect(seen).toHaveLength(1);
  });

  it('signs once afresh when Apple calls the token expired', async () => {
    const { outcome, seen } = await sendOne([{ status: 403, reason: 'ExpiredProviderToken' }, { status: 200 }]);
    expect(outcome).toEqual({ kind: 'delivered' });
    expect(seen[0]?.headers.authorization).not.toBe(seen[1]?.headers.authorization);
  });

  it('does not go on signing when Apple calls every token expired', async () => {
    const { outcome, seen, logged } = await sendOne([{ status: 403, reason: 'ExpiredProviderToken' }]);
    expect(outcome).toEqual({ kind: 'try-later', reason: 'ExpiredProviderToken' });
    expect(seen).toHaveLength(2);
    expect(logged).toEqual(['APNs refused the credentials: ExpiredProviderToken']);
  });

  it('sends again over a new connection when one is lost', async () => {
    const { outcome, sessions } = await sendOne(['destroy', { status: 200 }]);
    expect(outcome).toEqual({ kind: 'delivered' });
    expect(sessions).toHaveLength(2);
  });

  it('ends as try-later when nobody listens', async () => {
    const { provider, logged } = aProvider(tokenSettings('https://localhost:1'));
    const outcomes = await provider.send([aDelivery()], { deadline: clock.millis() + 30_000 });
    expect(outcomes).toEqual([{ kind: 'try-later', reason: 'unreachable' }]);
    expect(logged).toEqual(['APNs cannot be reached: ECONNREFUSED']);
  });

  it('tries nothing after the deadline', async () => {
    const { outcome, seen } = await sendOne([{ status: 200 }], -1);
    expect(outcome).toEqual({ kind: 'try-later', reason: 'deadline' });
    expect(seen).toHaveLength(0);
  });

  it('rejects for an unknown reason and logs the word once, nothing else', async () => {
    const apple = await anApple([{ status: 400, reason: 'Novelty' }]);
    const { provider, logged } = aProvider(tokenSettings(apple.origin));
    const outcomes = await provider.send([aDelivery(), aDelivery()], { deadline: clock.millis() + 30_000 });
    expect(outcomes).toEqual([
      { kind: 'rejected', reason: 'Novelty' },
      { kind: 'rejected', reason: 'Novelty' },
    ]);
    expect(logged).toEqual(['APNs answered 400 with unknown reason Novelty']);
  });

  it('repeats no reason that is not a plain word', async () => {
    const { outcome, logged } = await sendOne([{ status: 400, reason: `bad token ${TOKEN}` }]);
    expect(outcome).toEqual({ kind: 'rejected', reason: 'unreadable' });
    expect(logged.join()).not.toContain(TOKEN);
  });

  it('shows its certificate where it has one, and no token', async () => {
    const apple = await anApple([{ status: 200 }], { requestCert: true, ca: pems.cert, rejectUnauthorized: true });
    const certFile = join(folder, 'cert.pem');
    const { provider } = aProvider({ origin: apple.origin, certFile, certKeyFile: join(folder, 'cert-key.pem') });
    const outcomes = await provider.send([aDelivery()], { deadline: clock.millis() + 30_000 });
    expect(outcomes).toEqual([{ kind: 'delivered' }]);
    expect(apple.seen[0]?.headers).not.toHaveProperty('authorization');
    expect((apple.sessions[0]!.socket as TLSSocket).authorized).toBe(true);
  });

  it('says so when it has no credentials', async () => {
    const { provider } = aProvider({ origin: 'https://localhost:1' });
    expect(provider.configured).toBe(false);
    expect(await provider.send([aDelivery(), aDelivery()], { deadline: clock.millis() + 1000 })).toEqual([
      { kind: 'not-configured' },
      { kind: 'not-configured' },
    ]);
  });

  it('names the setting of a broken credential file and keeps its content to itself', () => {
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' });
    const pem = (key: typeof rsa.privateKey) => key.export({ type: 'pkcs8', format: 'pem' }) as string;
    const paths = [
      join(folder, 'missing'),
      file('broken.p8', '-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n'),
      file('rsa.p8', pem(rsa.privateKey)),
      file('p384.p8', pem(p384.privateKey)),
    ];
    for (const keyFile of paths) {
      expect(() => aProvider({ origin: 'https://localhost:1', keyFile, keyId: 'K', teamId: 'T' })).toThrow(
        /^APNS_KEY_FILE (?!.*c2VjcmV0)/,
      );
    }
    const certFile = join(folder, 'cert.pem');
    expect(() => aProvider({ origin: 'https://localhost:1', certFile, certKeyFile: join(folder, 'key.p8') })).toThrow(
      /^APNS_CERT_FILE and APNS_CERT_KEY_FILE/,
    );
  });
});
