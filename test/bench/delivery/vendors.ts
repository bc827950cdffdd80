import type { OutgoingHttpHeaders } from 'node:http2';
import { createRequire } from 'node:module';
import type { Provider } from '@parse/node-apn';
import apn from '@parse/node-apn';
import { initializeApp } from 'firebase-admin/app';
import { getMessaging } from 'firebase-admin/messaging';
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

/** The kept fork of node-apn, as its documentation uses it. */
export function nodeApn({ origin, ca, apnsKeyFile, apnsIds }: ContestantOrder): Contestant {
  const { hostname, port } = new URL(origin);
  const provider: Provider = new apn.Provider({
    token: { key: apnsKeyFile, ...apnsIds },
    address: hostname,
    port: Number(port),
    ca: [ca],
    production: false,
  });
  return {
    perCall: 1,
    send: async (call) => {
      const notification = new apn.Notification({ aps: { alert: { title: TITLE, body: TEXT }, sound: 'default' } });
      notification.topic = TOPIC;
      notification.expiry = Math.floor(Date.now() / 1000) + 86_400;
      const { failed } = await provider.send(notification, appleTokenOf(call));
      if (failed.length > 0)
        throw new Error(`a push ended as ${failed[0]?.response?.reason ?? failed[0]?.error?.message}`);
    },
  };
}

/**
 * firebase-admin's `sendEach` for one user with this many devices. Google's host stands fixed in the package, so the connections it
 * makes are led to the far end here, below everything that the package does itself; the access token is given, not fetched. It also
 * names the scheme `https:`, with a colon, which Google forgives and Node's server does not.
 */
export function firebaseAdmin({ origin, ca, fcmProject }: ContestantOrder, tokens: number): Contestant {
  const http2 = createRequire(import.meta.url)('node:http2') as { connect: typeof import('node:http2').connect };
  const connect = http2.connect;
  http2.connect = ((_google: string, options: object) => {
    const session = connect(origin, { ...options, ca });
    const request = session.request.bind(session);
    session.request = (headers) => request({ ...(headers as OutgoingHttpHeaders), ':scheme': 'https' });
    return session;
  }) as typeof connect;
  const app = initializeApp({
    projectId: fcmProject,
    credential: { getAccessToken: async () => ({ access_token: 'ya29.bench', expires_in: 3600 }) },
  });
  const messaging = getMessaging(app);
  return {
    perCall: tokens,
    send: async (call) => {
      const messages = Array.from({ length: tokens }, (_, i) => ({
        token: googleTokenOf(call * tokens + i),
        data: { ...DATA },
        android: { priority: 'high' as const },
      }));
      const { responses, failureCount } = await messaging.sendEach(messages);
      if (failureCount > 0) throw new Error(`a push ended as ${responses.find(({ error }) => error)?.error?.code}`);
    },
  };
}
