import type { Received } from '../transport/received.js';

/** What a phone shows of one delivery. */
export interface PhoneMessage {
  readonly platform: 'apns' | 'fcm';
  readonly token: string;
  readonly kind: 'message' | 'removal' | 'test' | 'encrypted' | 'other';
  readonly title: string;
  readonly body: string;
  readonly at: Date;
}

type Dict = Readonly<Record<string, unknown>>;

/** What an iPhone makes of a payload: the alert in `aps`, Zulip's own data beside it. */
export function onIphone(received: Received): PhoneMessage {
  const payload = dict(received.body);
  const zulip = dict(payload['zulip']);
  const aps = dict(payload['aps']);
  const alert = typeof aps['alert'] === 'string' ? { body: aps['alert'] } : dict(aps['alert']);
  const kind = kindOf(payload, text(zulip['event']) || 'message');
  return {
    ...common('apns', received, kind),
    title: text(alert['title']) || titleOf(kind),
    body: kind === 'removal' ? removed(zulip) : lines(text(alert['subtitle']), text(alert['body'])),
  };
}

/** What an Android app makes of a data message: it builds the notification itself. */
export function onAndroid(received: Received): PhoneMessage {
  const data = dict(dict(dict(received.body)['message'])['data']);
  const kind = kindOf(data, text(data['event']));
  const channel = text(data['stream']);
  const title = channel ? `#${channel} > ${text(data['topic'])}` : text(data['sender_full_name']);
  const messageBody = channel
    ? lines(`${text(data['sender_full_name'])}:`, text(data['content']))
    : text(data['content']);
  const bodies: Partial<Record<PhoneMessage['kind'], string>> = {
    removal: removed(data),
    test: `This is a test notification from ${text(data['realm_name'])}.`,
    encrypted: 'New notification',
  };
  return {
    ...common('fcm', received, kind),
    title: kind === 'message' ? title : titleOf(kind),
    body: bodies[kind] ?? messageBody,
  };
}

function common(platform: PhoneMessage['platform'], { token, at }: Received, kind: PhoneMessage['kind']) {
  return { platform, token, kind, at };
}

function kindOf(payload: Dict, event: string): PhoneMessage['kind'] {
  if (payload['encrypted_data'] !== undefined) return 'encrypted';
  if (event === 'remove') return 'removal';
  return event === 'message' || event === 'test' ? event : 'other';
}

function titleOf(kind: PhoneMessage['kind']): string {
  return {
    message: 'Zulip',
    removal: 'Read elsewhere',
    test: 'Test notification',
    encrypted: 'Encrypted',
    other: 'Zulip',
  }[kind];
}

function removed(data: Dict): string {
  return `takes back notifications of messages ${text(data['zulip_message_ids']).split(',').join(', ')}`;
}

function lines(...parts: string[]): string {
  return parts.filter((part) => part !== '').join('\n');
}

function dict(value: unknown): Dict {
  return typeof value === 'object' && value !== null ? (value as Dict) : {};
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
