import { z } from 'zod';
import type { Json, JsonObject } from '../../protocol/json-text.js';
import { canonicalUuid, int64, isJsonObject, jsonObject, uuid } from '../../protocol/wire-types.js';

const payload = jsonObject().default({});

/** Body of `push/notify`. */
export const notifySchema = z.object({
  user_id: int64().nullish().describe("The server's number of the user"),
  user_uuid: uuid().nullish().describe('UUID of the user'),
  realm_uuid: uuid().nullish().describe("UUID of the user's organization"),
  gcm_payload: payload.describe('Data for Android devices; passed on, never kept'),
  apns_payload: payload.describe("Alert and data for Apple's devices; passed on, never kept"),
  gcm_options: payload.describe('`priority`: `high` or `normal`'),
  android_devices: z
    .array(z.string())
    .default([])
    .describe('Tokens that the server has for the user, to be compared with ours'),
  apple_devices: z.array(z.string()).default([]).describe("The same for Apple's devices"),
});

export type NotifyRequest = z.output<typeof notifySchema>;

/**
 * What the schema answers for a body as current servers send it, at a fraction of what asking the schema costs; undefined for any
 * other, which has to be put to the schema.
 */
export function usualNotify(body: JsonObject): NotifyRequest | undefined {
  const { user_id: id, user_uuid: user, realm_uuid: realm, gcm_payload: gcm, apns_payload: apns } = body;
  const { gcm_options: options, android_devices: android, apple_devices: apple } = body;
  if (!Number.isSafeInteger(id) || !isCanonical(user) || !isCanonical(realm)) return undefined;
  if (!isJsonObject(gcm) || !isJsonObject(apns) || !isJsonObject(options)) return undefined;
  if (!isTexts(android) || !isTexts(apple)) return undefined;
  return {
    user_id: BigInt(id as number).toString(),
    user_uuid: user,
    realm_uuid: realm,
    gcm_payload: gcm,
    apns_payload: apns,
    gcm_options: options,
    android_devices: android,
    apple_devices: apple,
  };
}

function isCanonical(value: Json | undefined): value is string {
  return typeof value === 'string' && canonicalUuid(value) === value;
}

function isTexts(value: Json | undefined): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}
