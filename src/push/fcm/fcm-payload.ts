import { isLosslessNumber } from 'lossless-json';
import { type JsonObject, jsonText } from '../payload-json.js';
import { type TestNotificationData, testNotificationData } from '../test-notification.js';

export type FcmPriority = 'high' | 'normal';

/** The options of a legacy notification, or the message of a 400 answer. */
export type FcmOptionsResult =
  | { readonly ok: true; readonly priority: FcmPriority }
  | { readonly ok: false; readonly message: string };

/**
 * Reads `gcm_options`. Only `priority` is known; without it new messages are urgent and everything else is not. The texts of the
 * errors are part of the protocol.
 */
export function parseFcmOptions(options: JsonObject, payload: JsonObject, exact: boolean): FcmOptionsResult {
  const { priority = null, ...others } = options;
  if (priority !== null && priority !== 'high' && priority !== 'normal') {
    return { ok: false, message: `Invalid GCM option to bouncer: priority ${quoted(priority)}` };
  }
  if (Object.keys(others).length > 0) {
    return { ok: false, message: `Invalid GCM options to bouncer: ${jsonText(others, exact)}` };
  }
  return { ok: true, priority: priority ?? (payload['event'] === 'message' ? 'high' : 'normal') };
}

/** One message to one device of the batch; everything but the token is written once by `legacyFcmMessage` and its like. */
export type FcmMessage = (token: string) => string;

/** A legacy data message: FCM takes only strings as values. */
export function legacyFcmMessage(payload: JsonObject, priority: FcmPriority, exact: boolean): FcmMessage {
  return message(stringValues(payload, exact), priority);
}

/** A test notification. `nowSeconds`: Unix time shown by the app. */
export function testFcmMessage(base: TestNotificationData, nowSeconds: number, exact: boolean): FcmMessage {
  return message(stringValues({ ...testNotificationData(base), time: nowSeconds }, exact), 'high');
}

/**
 * An end-to-end-encrypted message: the key's id (Zulip 11 calls it `push_account_id`) and what is encrypted with it.
 */
export function e2eeFcmMessage(payload: JsonObject, priority: FcmPriority, exact: boolean): FcmMessage {
  const { push_key_id, push_account_id, encrypted_data } = payload;
  const id = push_key_id === undefined ? { push_account_id } : { push_key_id };
  return message(stringValues({ ...id, encrypted_data }, exact), priority);
}

/**
 * FCM's HTTP v1 form (REST reference, projects.messages). The part that all devices share is written once, since a
 * notification often goes to several.
 */
function message(data: Record<string, string>, priority: FcmPriority): FcmMessage {
  const shared = `"data":${JSON.stringify(data)},"android":{"priority":"${priority.toUpperCase()}"}}}`;
  return (token) => `{"message":{"token":${JSON.stringify(token)},${shared}`;
}

function stringValues(payload: JsonObject, exact: boolean): Record<string, string> {
  return Object.fromEntries(Object.entries(payload).map(([key, value]) => [key, stringValue(value, exact)]));
}

/** The words for booleans and null are those of the Python service whose protocol this is; apps compare with them. */
function stringValue(value: unknown, exact: boolean): string {
  if (typeof value === 'string') return value;
  if (value === true) return 'True';
  if (value === false) return 'False';
  if (value === null || value === undefined) return 'None';
  if (typeof value === 'number' || typeof value === 'bigint' || isLosslessNumber(value)) return value.toString();
  return jsonText(value, exact);
}

function quoted(value: unknown): string {
  return typeof value === 'string' ? `'${value}'` : stringValue(value, true);
}
