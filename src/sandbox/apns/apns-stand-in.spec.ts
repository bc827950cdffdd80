import { type ClientHttp2Session, connect, constants } from 'node:http2';
import { importPKCS8, SignJWT } from 'jose';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Clock } from '../../common/clock.js';
import { Authority } from '../transport/authority.js';
import { type ApnsKey, ApnsStandIn, type ApnsStandInOptions } from './apns-stand-in.js';

class MovableClock extends Clock {
  offset = 0;
  now(): Date {
    return new Date(Date.now() + this.offset);
  }
}

interface Answer {
  readonly status: number;
  readonly body: string;
  readonly headers: Record<string, unknown>;
}

const authority = await Authority.create();
const sessions: ClientHttp2Session[] = [];
const clock = new MovableClock();
let apple: ApnsStandIn;
let key: ApnsKey;
let authorization: string;

async function begin(options: Partial<ApnsStandInOptions> = {}): Promise<void> {
  apple = new ApnsStandIn({ authority, clock, ...options });
  await apple.start();
  key = apple.createApnsKey();
  authorization = await jwt();
}

function open(tls: { key?: string; cert?: string } = {}): ClientHttp2Session {
  const session = connect(apple.origin, { ca: authority.caPem, ...tls });
  session.on('error', () => undefined);
  sessions.push(session);
  return session;
}

async function jwt(over: Partial<ApnsKey> = {}, issuedAt = clock.seconds()): Promise<string> {
  const { p8, keyId, teamId } = { ...key, ...over };
  const signed = new SignJWT({ iss: teamId, iat: issuedAt }).setProtectedHeader({ alg: 'ES256', kid: keyId });
  return `bearer ${await signed.sign(await importPKCS8(p8, 'ES256'))}`;
}

/** Sends one request; rejects with the stream's error. `headers` may take one away by undefined. */
async function send(
  session: ClientHttp2Session,
  headers: Record<string, string | undefined> = {},
  body = '{"aps":{"alert":"hello"}}',
): Promise<Answer> {
  const all = {
    ':method': 'POST',
    ':path': '/3/device/c0ffee',
    authorization,
    'apns-topic': 'example.app',
    ...headers,
  };
  const stream = session.request(Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)));
  stream.end(body);
  return await new Promise((resolve, reject) => {
    let status = 0;
    let answered: Record<string, unknown> = {};
    let text = '';
    stream.on('response', (head) => {
      status = head[':status'] ?? 0;
      answered = head;
    });
    stream.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
    stream.on('end', () => status && resolve({ status, body: text, headers: answered }));
    stream.on('error', reject);
    stream.on('close', () => reject(new Error(`closed with ${stream.rstCode}`)));
  });
}

beforeEach(() => {
  clock.offset = 0;
});

afterEach(async () => {
  for (const session of sessions.splice(0)) session.destroy();
  await apple.stop();
});

describe('ApnsStandIn', () => {
  it('takes a message and keeps what it received', async () => {
    await begin();
    const seen: string[] = [];
    apple.on('delivery', (one) => seen.push(one.token));
    const id = '6cde5f7a-1f7e-4978-9716-49f69ebfc9fe';
    const answer = await send(open(), { 'apns-id': id });
    expect(answer).toMatchObject({ status: 200, body: '', headers: { 'apns-id': id } });
    expect(seen).toEqual(['c0ffee']);
    expect(apple.receivedFor('C0FFEE')).toMatchObject([
      { status: 200, body: { aps: { alert: 'hello' } }, headers: { 'apns-topic': 'example.app' }, session: 1 },
    ]);
  });

  it.each([
    [{ ':method': 'PUT' }, 405, 'MethodNotAllowed'],
    [{ ':path': '/2/device/c0ffee' }, 404, 'BadPath'],
    [{ ':path': '/3/device/' }, 400, 'MissingDeviceToken'],
    [{ ':path': '/3/device/xyz' }, 400, 'BadDeviceToken'],
    [{ 'apns-topic': undefined }, 400, 'MissingTopic'],
    [{ 'apns-topic': 'other.app' }, 400, 'TopicDisallowed'],
    [{ 'apns-id': '17' }, 400, 'BadMessageId'],
    [{ 'apns-expiration': 'soon' }, 400, 'BadExpirationDate'],
    [{ 'apns-priority': '7' }, 400, 'BadPriority'],
    [{ 'apns-collapse-id': 'x'.repeat(65) }, 400, 'BadCollapseId'],
    [{ 'apns-push-type': 'loud' }, 400, 'InvalidPushType'],
    [{ authorization: undefined }, 403, 'MissingProviderToken'],
    [{ authorization: 'bearer not.a.token' }, 403, 'InvalidProviderToken'],
  ])('refuses %j with %i %s', async (headers, status, reason) => {
    await begin({ topics: ['example.app'] });
    const answer = await send(open(), headers);
    expect({ status: answer.status, ...JSON.parse(answer.body) }).toEqual({ status, reason });
    expect(apple.delivered).toBe(0);
  });

  it.each([
    ['', 400, 'PayloadEmpty'],
    ['{"aps":', 400, 'PayloadEmpty'],
    [JSON.stringify({ aps: { alert: 'x'.repeat(4096) } }), 413, 'PayloadTooLarge'],
  ])('refuses the payload %j', async (body, status, reason) => {
    await begin();
    const answer = await send(open(), {}, body);
    expect({ status: answer.status, ...JSON.parse(answer.body) }).toEqual({ status, reason });
  });

  it('takes exactly 4096 bytes', async () => {
    await begin();
    const body = JSON.stringify({ a: '' });
    const answer = await send(open(), {}, JSON.stringify({ a: 'x'.repeat(4096 - body.length) }));
    expect(answer.status).toBe(200);
  });

  it('refuses tokens of another key, another team or another hour', async () => {
    await begin();
    const stranger = new ApnsStandIn({ authority }).createApnsKey();
    const reasons = [];
    for (const wrong of [
      await jwt({ p8: stranger.p8 }),
      await jwt({ keyId: stranger.keyId }),
      await jwt({ teamId: stranger.teamId }),
      await jwt({}, clock.seconds() - 3700),
    ]) {
      reasons.push(JSON.parse((await send(open(), { authorization: wrong })).body).reason);
    }
    expect(reasons).toEqual([
      'InvalidProviderToken',
      'InvalidProviderToken',
      'InvalidProviderToken',
      'ExpiredProviderToken',
    ]);
  });

  it('refuses a second provider token within 20 minutes on one connection', async () => {
    await begin();
    const session = open();
    expect((await send(session, { authorization: await jwt({}, clock.seconds() - 5) })).status).toBe(200);
    const early = await send(session, { authorization: await jwt() });
    expect({ status: early.status, ...JSON.parse(early.body) }).toEqual({
      status: 429,
      reason: 'TooManyProviderTokenUpdates',
    });
    clock.offset = 21 * 60_000;
    expect((await send(session, { authorization: await jwt() })).status).toBe(200);
  });

  it('lets a client certificate in place of a token', async () => {
    await begin();
    const session = open(await authority.createClientCertificate('example.app'));
    expect((await send(session, { authorization: undefined, 'apns-topic': undefined })).status).toBe(200);
  });

  it('allows one stream until the first authenticated request, then as many as set', async () => {
    await begin({ maxConcurrentStreams: 77 });
    const session = open();
    const limits: (number | undefined)[] = [];
    session.on('remoteSettings', (settings) => limits.push(settings.maxConcurrentStreams));
    await send(session);
    await expect.poll(() => limits).toEqual([1, 77]);
    expect(apple.sessions).toEqual({ opened: 1, open: 1 });
  });

  it('answers as scripted: by token, by queue, otherwise', async () => {
    await begin();
    const session = open();
    apple.script
      .forToken('aa', { answer: { reason: 'Unregistered', timestamp: 1_700_000_000_000 } })
      .next({ answer: { reason: 'TooManyRequests', headers: { 'retry-after': '3' } } })
      .otherwise({ answer: { reason: 'ServiceUnavailable' } });
    const gone = await send(session, { ':path': '/3/device/aa' });
    const busy = await send(session);
    const down = await send(session);
    expect(JSON.parse(gone.body)).toEqual({ reason: 'Unregistered', timestamp: 1_700_000_000_000 });
    expect([gone.status, busy.status, down.status]).toEqual([410, 429, 503]);
    expect(busy.headers['retry-after']).toBe('3');
    apple.script.clear();
    expect((await send(session)).status).toBe(200);
  });

  it('refuses a stream, says goodbye, or hangs up', async () => {
    await begin();
    apple.script.next({}, { fault: { kind: 'reset' } }, { fault: { kind: 'goaway' } }, { fault: { kind: 'destroy' } });
    const first = open();
    const goaways: number[] = [];
    first.on('goaway', (_code, lastStreamId) => goaways.push(lastStreamId));
    expect((await send(first)).status).toBe(200);
    await expect(send(first)).rejects.toThrow('NGHTTP2_REFUSED_STREAM');
    await expect(send(first)).rejects.toThrow('NGHTTP2_REFUSED_STREAM');
    await vi.waitFor(() => expect(goaways).toEqual([3]));
    await expect(send(open())).rejects.toThrow();
    expect(apple.received.map((one) => [one.status, one.reason])).toEqual([
      [200, ''],
      [0, 'reset'],
      [0, 'goaway'],
      [0, 'destroy'],
    ]);
  });

  it('never answers when told to hang, and other streams go on', async () => {
    await begin();
    const session = open();
    await send(session);
    apple.script.forToken('aa', { fault: { kind: 'hang' } });
    let settled = false;
    const hanging = send(session, { ':path': '/3/device/aa' }).catch(() => 'given up');
    void hanging.then(() => {
      settled = true;
    });
    await expect.poll(() => apple.receivedFor('aa').length).toBe(1);
    expect((await send(session)).status).toBe(200);
    expect(settled).toBe(false);
    session.destroy(undefined, constants.NGHTTP2_CANCEL);
    expect(await hanging).toBe('given up');
  });
});
