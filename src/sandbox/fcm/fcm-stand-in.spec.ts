import { connect } from 'node:http2';
import { request } from 'node:https';
import { importPKCS8, SignJWT } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Clock } from '../../common/clock.js';
import { Authority } from '../transport/authority.js';
import { FcmStandIn, type ServiceAccount } from './fcm-stand-in.js';

class MovableClock extends Clock {
  offset = 0;
  now(): Date {
    return new Date(Date.now() + this.offset);
  }
}

const authority = await Authority.create();
const clock = new MovableClock();
const google = new FcmStandIn({ authority, clock });
let account: ServiceAccount;
let bearer: string;

/** One HTTP/1.1 request over TLS. */
async function post(path: string, headers: Record<string, string>, body: string) {
  return await new Promise<{ status: number; headers: Record<string, unknown>; json: Record<string, unknown> }>(
    (resolve, reject) => {
      const sent = request(
        `${google.origin}${path}`,
        { method: 'POST', ca: authority.caPem, headers, agent: false },
        (answer) => {
          let text = '';
          answer.on('data', (chunk) => {
            text += chunk;
          });
          answer.on('end', () =>
            resolve({ status: answer.statusCode ?? 0, headers: answer.headers, json: JSON.parse(text || '{}') }),
          );
        },
      );
      sent.on('error', reject);
      sent.end(body);
    },
  );
}

async function assertion(over: Record<string, unknown> = {}, key = account.private_key): Promise<string> {
  const claims = {
    iss: account.client_email,
    aud: account.token_uri,
    scope: 'https://www.googleapis.com/auth/firebase.messaging',
    iat: clock.seconds(),
    exp: clock.seconds() + 3600,
    ...over,
  };
  return await new SignJWT(claims).setProtectedHeader({ alg: 'RS256' }).sign(await importPKCS8(key, 'RS256'));
}

function buyToken(jwt: string) {
  const form = new URLSearchParams({ grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion: jwt });
  return post('/token', { 'content-type': 'application/x-www-form-urlencoded' }, form.toString());
}

function send(message: unknown, authorization = bearer, project = 'sandbox-project', extra: object = {}) {
  const body = JSON.stringify({ message, ...extra });
  return post(`/v1/projects/${project}/messages:send`, { authorization, 'content-type': 'application/json' }, body);
}

beforeAll(async () => {
  await google.start();
  account = google.createServiceAccount();
});

beforeEach(async () => {
  clock.offset = 0;
  google.reset();
  const answer = await buyToken(await assertion());
  bearer = `Bearer ${answer.json['access_token']}`;
});

afterAll(() => google.stop());

describe('FcmStandIn token endpoint', () => {
  it('sells a bearer token for a signed assertion', async () => {
    const answer = await buyToken(await assertion());
    expect(answer).toMatchObject({ status: 200, json: { token_type: 'Bearer', expires_in: 3599 } });
  });

  it('refuses a wrong signature, audience, scope or time', async () => {
    const stranger = google.createServiceAccount().private_key;
    const answers = [
      await buyToken(await assertion({}, stranger)),
      await buyToken(await assertion({ aud: 'https://elsewhere.test/token' })),
      await buyToken(await assertion({ scope: 'openid' })),
      await buyToken(await assertion({ iat: clock.seconds() - 7200, exp: clock.seconds() - 3600 })),
      await buyToken(await assertion({ exp: clock.seconds() + 7200 })),
    ];
    expect(answers.map((one) => [one.status, one.json['error']])).toEqual(Array(5).fill([400, 'invalid_grant']));
  });

  it('can be told to fail', async () => {
    google.tokenScript.next({ answer: { status: 503, body: '{}' } });
    expect((await buyToken(await assertion())).status).toBe(503);
    expect((await buyToken(await assertion())).status).toBe(200);
  });
});

describe('FcmStandIn messages', () => {
  it('takes a data message over HTTP/2 and keeps it', async () => {
    const session = connect(google.origin, { ca: authority.caPem });
    const stream = session.request({
      ':method': 'POST',
      ':path': '/v1/projects/sandbox-project/messages:send',
      authorization: bearer,
    });
    stream.end('{"message":{"token":"phone","data":{"event":"message"},"android":{"priority":"HIGH"}}}');
    let text = '';
    for await (const chunk of stream) text += chunk;
    session.destroy();
    expect(JSON.parse(text).name).toMatch(/^projects\/sandbox-project\/messages\//);
    expect(google.receivedFor('phone')).toMatchObject([
      { status: 200, body: { message: { data: { event: 'message' } } }, session: 1 },
    ]);
    expect(google.delivered).toBe(1);
  });

  it('refuses a bearer token that is unknown, revoked, expired or of another project', async () => {
    const message = { token: 'phone' };
    expect(await send(message, 'Bearer nonsense')).toMatchObject({
      status: 401,
      json: { error: { status: 'UNAUTHENTICATED' } },
    });
    clock.offset = 3_600_000;
    expect((await send(message)).status).toBe(401);
    clock.offset = 0;
    expect((await send(message, bearer, 'other-project')).status).toBe(403);
    expect((await send(message)).status).toBe(200);
    google.revokeTokens();
    expect((await send(message)).status).toBe(401);
  });

  it.each([
    [{ token: 'phone', colour: 'red' }, `Unknown name "colour" at 'message'`],
    [{ token: 'phone', data: { count: 1 } }, `'message.data[0].value' (TYPE_STRING), 1`],
    [{ token: 'phone', data: { from: 'me' } }, 'Invalid data payload key: from'],
    [{ token: 'phone', android: { priority: 'urgent' } }, `'message.android.priority'`],
    [{ token: 'phone', android: { loud: true } }, `Unknown name "loud" at 'message.android'`],
    [{ token: 'phone', topic: 'news' }, 'Exactly one of'],
    [{ data: {} }, 'Exactly one of'],
    [{ token: 'phone', data: { text: 'x'.repeat(4096) } }, 'too big'],
  ])('refuses %j', async (message, words) => {
    const answer = await send(message);
    expect(answer).toMatchObject({ status: 400, json: { error: { code: 400, status: 'INVALID_ARGUMENT' } } });
    expect((answer.json['error'] as { message: string }).message).toContain(words);
    expect(google.delivered).toBe(0);
  });

  it('only validates when asked to', async () => {
    expect((await send({ token: 'phone' }, bearer, 'sandbox-project', { validate_only: true })).status).toBe(200);
    expect(google.delivered).toBe(0);
  });

  it.each([
    ['UNREGISTERED', 404, 'NOT_FOUND'],
    ['INVALID_ARGUMENT', 400, 'INVALID_ARGUMENT'],
    ['SENDER_ID_MISMATCH', 403, 'PERMISSION_DENIED'],
    ['QUOTA_EXCEEDED', 429, 'RESOURCE_EXHAUSTED'],
    ['UNAVAILABLE', 503, 'UNAVAILABLE'],
    ['INTERNAL', 500, 'INTERNAL'],
    ['THIRD_PARTY_AUTH_ERROR', 401, 'UNAUTHENTICATED'],
  ] as const)('says %s as Google does', async (errorCode, code, status) => {
    google.script.forToken('phone', { answer: { error: errorCode, headers: { 'retry-after': '7' } } });
    const answer = await send({ token: 'phone' });
    expect(answer).toMatchObject({
      status: code,
      headers: { 'retry-after': '7' },
      json: {
        error: {
          code,
          status,
          details: [{ '@type': 'type.googleapis.com/google.firebase.fcm.v1.FcmError', errorCode }],
        },
      },
    });
    expect(google.received.at(-1)).toMatchObject({ token: 'phone', status: code, reason: errorCode });
  });

  it('breaks the connection off when told to', async () => {
    google.script.next({ fault: { kind: 'destroy' } });
    await expect(send({ token: 'phone' })).rejects.toThrow();
    expect((await send({ token: 'phone' })).status).toBe(200);
  });
});
