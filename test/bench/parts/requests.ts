import { newMessage } from '../../../src/sandbox/zulip/zulip-payloads.js';
import { featuresOf } from '../../../src/sandbox/zulip/zulip-version.js';
import {
  APP_ID,
  appleToken,
  credentials,
  type Population,
  realmUuid,
  serverOf,
  userId,
  userUuid,
} from './population.js';

/** The text of a whole HTTP request for one user. */
export type RequestMaker = (population: Population, user: number) => string;

const API = '/api/v1/remotes/push/';
/** Stands for the user in the body that all notifications share; the texts of every user have the same length. */
const MODEL = 4_194_303;

/** `push/notify` as a current Zulip server sends it for a mention in a channel. */
export function notifyRequests(): RequestMaker {
  const realm = { id: 2, uuid: realmUuid(MODEL), name: 'Bench', url: 'https://chat.example.com' };
  const payloads = newMessage(
    {
      features: featuresOf('11.0'),
      host: 'chat.example.com',
      realm,
      user: { id: Number(userId(MODEL)), uuid: userUuid(MODEL) },
    },
    {
      id: 48_151_623,
      senderName: 'Ada Lovelace',
      content: 'The engine weaves algebraic patterns just as the loom weaves flowers and leaves. '.repeat(3),
      channel: { id: 42, name: 'engineering', topic: 'release planning' },
      sentAt: new Date(1_700_000_000_000),
    },
  );
  const body = JSON.stringify({
    user_uuid: userUuid(MODEL),
    user_id: Number(userId(MODEL)),
    realm_uuid: realm.uuid,
    apns_payload: payloads.apns,
    gcm_payload: payloads.gcm,
    gcm_options: payloads.gcmOptions,
    android_devices: [],
    apple_devices: [appleToken(MODEL)],
  });
  const fill = template(body);
  const head = headMaker('notify', 'application/json', Buffer.byteLength(body));
  return (population, user) => {
    const server = serverOf(population, user);
    return head(server) + fill(user, server);
  };
}

/** `push/register` of an Apple device. */
export function registerRequests(): RequestMaker {
  const body = new URLSearchParams({
    user_uuid: userUuid(MODEL),
    user_id: userId(MODEL),
    realm_uuid: realmUuid(MODEL),
    token: appleToken(MODEL),
    token_kind: '1',
    ios_app_id: APP_ID,
  }).toString();
  const fill = template(body);
  const head = headMaker('register', 'application/x-www-form-urlencoded', Buffer.byteLength(body));
  return (population, user) => {
    const server = serverOf(population, user);
    return head(server) + fill(user, server);
  };
}

function headMaker(endpoint: string, type: string, length: number): (server: number) => string {
  const heads = new Map<number, string>();
  return (server) => {
    let head = heads.get(server);
    if (head === undefined) {
      head = [
        `POST ${API}${endpoint} HTTP/1.1`,
        'Host: 127.0.0.1',
        'User-Agent: ZulipServer/11.0',
        'Accept: */*',
        'Connection: keep-alive',
        `Authorization: ${credentials(server)}`,
        `Content-Type: ${type}`,
        `Content-Length: ${length}`,
        '\r\n',
      ].join('\r\n');
      heads.set(server, head);
    }
    return head;
  };
}

/** Puts users in the place of the model one. */
function template(text: string): (user: number, server: number) => string {
  const makers: Readonly<Record<string, (user: number, server: number) => string>> = {
    [userUuid(MODEL)]: userUuid,
    [userId(MODEL)]: userId,
    [appleToken(MODEL)]: appleToken,
    [realmUuid(MODEL)]: (_user, server) => realmUuid(server),
  };
  const parts = text.split(new RegExp(`(${Object.keys(makers).join('|')})`)).map((part) => makers[part] ?? part);
  return (user, server) => {
    let filled = '';
    for (const part of parts) filled += typeof part === 'string' ? part : part(user, server);
    return filled;
  };
}
