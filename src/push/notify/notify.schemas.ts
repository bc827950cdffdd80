import { z } from 'zod';
import { int64, jsonObject, uuid } from '../../protocol/wire-types.js';

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
