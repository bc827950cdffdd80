import type { JsonObject } from './payload-json.js';

/** The `base_payload` of a test notification. `realm_name` and `realm_url` (or the older `realm_uri`) make its text. */
export type TestNotificationData = JsonObject;

/** The data both platforms' test notifications carry. */
export function testNotificationData(base: TestNotificationData): JsonObject {
  return { ...base, event: 'test' };
}
