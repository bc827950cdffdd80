import { isJsonObject, type JsonObject } from './payload-json.js';

/** Most message ids in one removal: what fits Apple's 4 KB together with the rest. */
export const MAX_REMOVAL_IDS = 200;

/** A payload with its message ids cut, or what is wrong with them. */
export type RemovalResult =
  | { readonly ok: true; readonly payload: JsonObject }
  | { readonly ok: false; readonly message: string };

/** Cuts the message ids of an Android removal; any other payload comes back as it is. */
export function truncateGcmRemoval(payload: JsonObject): RemovalResult {
  return cutIds(payload, 'gcm_payload');
}

/** The same for an Apple payload, whose removal stands in `custom.zulip`. */
export function truncateApnsRemoval(payload: JsonObject): RemovalResult {
  const custom = payload['custom'];
  const zulip = isJsonObject(custom) ? custom['zulip'] : undefined;
  if (!isJsonObject(custom) || !isJsonObject(zulip)) return { ok: true, payload };
  const cut = cutIds(zulip, 'apns_payload');
  if (!cut.ok || cut.payload === zulip) return cut.ok ? { ok: true, payload } : cut;
  return { ok: true, payload: { ...payload, custom: { ...custom, zulip: cut.payload } } };
}

/**
 * Sorts a comma-separated list of message ids and keeps the largest 200. Ids are 64-bit integers in Zulip, so JavaScript's
 * numbers would not do. Undefined where an entry is no such integer.
 */
export function truncateMessageIds(text: string): string | undefined {
  const entries = text.split(',');
  const ids = new BigInt64Array(entries.length);
  for (const [index, entry] of entries.entries()) {
    const id = messageId(entry.trim());
    if (id === undefined) return undefined;
    ids[index] = id;
  }
  return ids.sort().slice(-MAX_REMOVAL_IDS).join(',');
}

function cutIds(data: JsonObject, where: string): RemovalResult {
  const given = data['zulip_message_ids'];
  if (data['event'] !== 'remove' || given === undefined || given === null || given === '')
    return { ok: true, payload: data };
  const ids = typeof given === 'string' ? truncateMessageIds(given) : undefined;
  if (ids === undefined) return { ok: false, message: `Invalid zulip_message_ids in ${where}` };
  return { ok: true, payload: { ...data, zulip_message_ids: ids } };
}

function messageId(text: string): bigint | undefined {
  if (!/^[+-]?\d{1,19}$/.test(text)) return undefined;
  const id = BigInt(text.startsWith('+') ? text.slice(1) : text);
  return BigInt.asIntN(64, id) === id ? id : undefined;
}
