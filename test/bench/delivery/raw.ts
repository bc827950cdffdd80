import { createPrivateKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type ClientHttp2Session, connect, type OutgoingHttpHeaders, sensitiveHeaders } from 'node:http2';
import { SystemClock } from '../../../src/common/clock.js';
import { ProviderToken } from '../../../src/push/apns/provider-token.js';
import { MemoryTokenStore } from '../../../src/push/apns/provider-token-store.js';
import {
  appleTokenOf,
  type Contestant,
  type ContestantOrder,
  DATA,
  googleTokenOf,
  TEXT,
  TITLE,
  TOPIC,
} from './contestant.js';

/** One session of Node's own HTTP/2 and nothing around it: no limits, no timeouts, nothing but the status is looked at. */
export async function rawToApple({ origin, ca, apnsKeyFile, apnsIds }: ContestantOrder): Promise<Contestant> {
  const session = connect(origin, { ca });
  const key = createPrivateKey(readFileSync(apnsKeyFile));
  const token = await new ProviderToken({ key, ...apnsIds }, new SystemClock(), new MemoryTokenStore()).get();
  const body = JSON.stringify({ aps: { alert: { title: TITLE, body: TEXT }, sound: 'default' } });
  return {
    perCall: 1,
    send: (call) =>
      exchange(
        session,
        {
          ':method': 'POST',
          ':path': `/3/device/${appleTokenOf(call)}`,
          authorization: `bearer ${token}`,
          'apns-topic': TOPIC,
          'apns-expiration': String(Math.floor(Date.now() / 1000) + 86_400),
          [sensitiveHeaders as unknown as string]: [':path'],
        },
        body,
      ),
  };
}

/** The same to Google. */
export function rawToGoogle({ origin, ca, fcmProject }: ContestantOrder): Contestant {
  const session = connect(origin, { ca });
  return {
    perCall: 1,
    send: (call) =>
      exchange(
        session,
        {
          ':method': 'POST',
          ':path': `/v1/projects/${fcmProject}/messages:send`,
          authorization: 'Bearer ya29.bench',
          'content-type': 'application/json',
        },
        JSON.stringify({ message: { token: googleTokenOf(call), data: DATA, android: { priority: 'HIGH' } } }),
      ),
  };
}

function exchange(session: ClientHttp2Session, headers: OutgoingHttpHeaders, body: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const stream = session.request(headers);
    let status: number | undefined;
    stream.once('response', (received) => {
      status = received[':status'];
    });
    stream.once('error', reject);
    stream.once('close', () => (status === 200 ? resolve() : reject(new Error(`a push was answered with ${status}`))));
    stream.resume();
    stream.end(body);
  });
}
