import { isJsonObject, type JsonObject, jsonText } from '../payload-json.js';
import { type TestNotificationData, testNotificationData } from '../test-notification.js';

/** Shown where an end-to-end-encrypted request brings no `aps` of its own: the app replaces it after decrypting. */
const E2EE_APS = { 'mutable-content': 1, alert: { title: 'New notification' } };

/**
 * The body of a legacy notification: what stands under `custom` goes to the top level, the rest becomes `aps` (Apple,
 * "Generating a remote notification"). `exact`: see `jsonText`.
 */
export function legacyApnsBody(payload: JsonObject, exact: boolean): string {
  const { custom, ...aps } = withCustom(payload);
  return jsonText({ ...(isJsonObject(custom) ? custom : {}), aps }, exact);
}

/** The body of a test notification, made from the data the server sent. */
export function testApnsBody(base: TestNotificationData, exact: boolean): string {
  const name = text(base['realm_name']);
  const url = text(base['realm_url'] ?? base['realm_uri']);
  return legacyApnsBody(
    {
      alert: { title: 'Test notification', body: `This is a test notification from ${name} (${url}).` },
      sound: 'default',
      custom: { zulip: testNotificationData(base) },
    },
    exact,
  );
}

/** The body of an end-to-end-encrypted notification: the server's payload, with the usual `aps` where it gave none. */
export function e2eeApnsBody(payload: JsonObject, exact: boolean): string {
  return jsonText(payload['aps'] === undefined ? { ...payload, aps: E2EE_APS } : payload, exact);
}

/** Zulip 1.6 put `message_ids` beside the alert; apps look for it where later versions put it. */
function withCustom(payload: JsonObject): JsonObject {
  const { alert, message_ids } = payload;
  if (message_ids === undefined) return payload;
  return { ...(alert === undefined ? {} : { alert }), badge: 0, custom: { zulip: { message_ids } } };
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
