import { isJsonObject } from '../payload-json.js';
import type { PushClass } from './admission.js';

/** The class of a readable notification: its payloads say whether it only takes others away. */
export function classOfPayloads(
  gcm: Readonly<Record<string, unknown>>,
  apns: Readonly<Record<string, unknown>>,
): PushClass {
  const custom = apns['custom'];
  const zulip = isJsonObject(custom) ? custom['zulip'] : undefined;
  const removes = gcm['event'] === 'remove' || (isJsonObject(zulip) && zulip['event'] === 'remove');
  return removes ? 'removal' : 'alert';
}

/** How urgent an encrypted notification says it is. */
export interface Urgency {
  readonly http_headers?: { readonly apns_priority: number } | undefined;
  readonly fcm_priority?: 'high' | 'normal' | undefined;
}

/** The class of an encrypted one. Nobody here can read it; but Zulip servers send removals, and nothing else, with low priority. */
export function classOfUrgency(requests: readonly Urgency[]): PushClass {
  const urgent = requests.some(({ http_headers: apple, fcm_priority: google }) =>
    apple ? apple.apns_priority === 10 : google === 'high',
  );
  return urgent ? 'alert' : 'removal';
}
