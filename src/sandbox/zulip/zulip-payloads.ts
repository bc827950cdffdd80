import type { ZulipFeatures } from './zulip-version.js';

/** A user of the simulated server. */
export interface ZulipUser {
  readonly id: number;
  readonly uuid: string;
}

/** An organization of the simulated server. */
export interface ZulipRealm {
  readonly id: number;
  readonly uuid: string;
  readonly name: string;
  readonly url: string;
}

/** A message somebody is notified of: in a channel when `channel` is there, else direct. */
export interface ZulipMessage {
  readonly id: number;
  readonly senderId?: number;
  readonly senderEmail?: string;
  readonly senderName: string;
  readonly content: string;
  readonly channel?: { readonly id: number; readonly name: string; readonly topic: string };
  readonly sentAt?: Date;
}

type Json = Readonly<Record<string, unknown>>;

/** The parts of a notify request that depend on what is told. */
export interface Payloads {
  readonly apns: Json;
  readonly gcm: Json;
  readonly gcmOptions: Json;
}

/** Where a payload comes from and whom it is for. */
export interface PayloadContext {
  readonly features: ZulipFeatures;
  readonly host: string;
  readonly realm: ZulipRealm;
  readonly user: ZulipUser;
}

/** Payloads of a new message. */
export function newMessage(context: PayloadContext, message: ZulipMessage): Payloads {
  const data = { ...baseOf(context), ...messageData(message) };
  const time = Math.floor((message.sentAt ?? new Date()).getTime() / 1000);
  return {
    apns: apnsMessage(context.features, data, message, time),
    gcm: {
      ...data,
      event: 'message',
      zulip_message_id: message.id,
      time,
      content: message.content,
      content_truncated: false,
      sender_full_name: message.senderName,
      sender_avatar_url: `${context.realm.url}/avatar/${message.senderId ?? 11}`,
    },
    gcmOptions: { priority: 'high' },
  };
}

/** Payloads that take notifications of these messages away again, because they were read. */
export function removal(context: PayloadContext, messageIds: readonly number[]): Payloads {
  const data = { ...baseOf(context), event: 'remove', zulip_message_ids: messageIds.join(',') };
  return {
    apns: { badge: 0, custom: { zulip: data } },
    // Old apps only know the single id.
    gcm: { ...data, zulip_message_id: messageIds[0] },
    gcmOptions: { priority: 'normal' },
  };
}

/** `base_payload` of a test notification. */
export function testBase(context: PayloadContext): Json {
  return baseOf(context);
}

/** What an app reads of a new message after decrypting (Zulip 11 and later). */
export function encryptedMessage({ realm, user }: PayloadContext, message: ZulipMessage): Json {
  const { channel, senderId = 11 } = message;
  return {
    realm_url: realm.url,
    realm_name: realm.name,
    user_id: user.id,
    type: 'message',
    sender_id: senderId,
    sender_full_name: message.senderName,
    sender_avatar_url: `${realm.url}/avatar/${senderId}`,
    ...(channel
      ? { recipient_type: 'channel', channel_name: channel.name, channel_id: channel.id, topic: channel.topic }
      : { recipient_type: 'direct' }),
    message_id: message.id,
    time: Math.floor((message.sentAt ?? new Date()).getTime() / 1000),
    content: message.content,
  };
}

/** What an app reads of a removal after decrypting. */
export function encryptedRemoval({ realm, user }: PayloadContext, messageIds: readonly number[]): Json {
  return { realm_url: realm.url, realm_name: realm.name, user_id: user.id, type: 'remove', message_ids: messageIds };
}

function baseOf({ features, host, realm, user }: PayloadContext): Json {
  return {
    server: host,
    realm_id: realm.id,
    ...(features.realmUuid ? { realm_name: realm.name } : {}),
    realm_uri: realm.url,
    ...(features.realmUrl ? { realm_url: realm.url } : {}),
    user_id: user.id,
  };
}

function messageData(message: ZulipMessage): Json {
  const channel = message.channel;
  return {
    sender_id: message.senderId ?? 11,
    sender_email: message.senderEmail ?? 'user11@zulip.invalid',
    ...(channel
      ? { recipient_type: 'stream', stream: channel.name, stream_id: channel.id, topic: channel.topic }
      : { recipient_type: 'private' }),
  };
}

function apnsMessage(features: ZulipFeatures, data: Json, message: ZulipMessage, time: number): Json {
  const { channel, senderName, content } = message;
  const summary = `New ${channel ? 'mention' : 'private message'} from ${senderName}`;
  if (features.apnsPayload === 'text') return { alert: summary, message_ids: [message.id] };
  if (features.apnsPayload === 'ids') {
    return { alert: summary, badge: 1, custom: { zulip: { message_ids: [message.id] } } };
  }
  return {
    alert: {
      title: channel ? `#${channel.name} > ${channel.topic}` : senderName,
      subtitle: channel ? `${senderName} mentioned you:` : '',
      body: content,
    },
    sound: 'default',
    badge: 0,
    custom: { zulip: { ...data, message_ids: [message.id], time } },
  };
}
