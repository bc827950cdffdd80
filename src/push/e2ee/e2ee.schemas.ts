import { z } from 'zod';
import type { Json } from '../../protocol/json-text.js';
import { int64, integer, jsonField, jsonObject, uuid } from '../../protocol/wire-types.js';

/** Fields of `push/e2ee/register`. Newer servers send `token_id`, Zulip 11 `push_account_id`. */
export const registerEncryptedSchema = z.object({
  realm_uuid: uuid().describe("UUID of the user's organization"),
  token_id: z.string().optional().describe("First eight bytes of the SHA-256 of the device's token, in base64"),
  push_account_id: jsonField(int64()).optional().describe("Zulip 11's number of the account on the device"),
  encrypted_push_registration: z.string().describe('What the app sealed to `bouncer_public_key`, in base64'),
  bouncer_public_key: z.string().describe('The public key that is built into the app, in base64'),
});

export type RegisterEncrypted = z.output<typeof registerEncryptedSchema>;

/** The kinds of notification that Apple knows (Apple, "Sending notification requests to APNs", `apns-push-type`). */
const APNS_PUSH_TYPES = [
  ...(['alert', 'background', 'complication', 'controls', 'fileprovider', 'liveactivity'] as const),
  ...(['location', 'mdm', 'pushtotalk', 'voip', 'widgets'] as const),
];

/** A number that stays as it was written, since the payload is passed on unchanged. */
const keyId = () =>
  z
    .custom<Json>((value) => typeof value === 'number' || typeof value === 'bigint', {
      params: { wire: 'type', type: 'an integer' },
    })
    .optional()
    .meta({ type: 'integer' });

const payload = z
  .looseObject({
    push_key_id: keyId().describe('Which key it was encrypted with'),
    push_account_id: keyId().describe('The same, as Zulip 11 names it'),
    encrypted_data: z.string().describe('The notification, encrypted for the app, in base64'),
    aps: jsonObject().optional().describe('What an Apple device shows before the app has decrypted it'),
  })
  .describe('Encrypted for the app; passed on, never kept');

const pushRequest = z
  .object({
    token_id: z.string().optional().describe('Which device: its token id, in base64'),
    device_id: integer(0, Number.MAX_SAFE_INTEGER).optional().describe('Which device, as Zulip 11 names it'),
    http_headers: z
      .object({
        apns_priority: z.literal([10, 5, 1]).describe('Header `apns-priority`'),
        apns_push_type: z.enum(APNS_PUSH_TYPES).describe('Header `apns-push-type`'),
      })
      .optional()
      .describe('Makes it a request for an Apple device'),
    fcm_priority: z.enum(['high', 'normal']).optional().describe('Makes it a request for an Android device'),
    payload,
  })
  .superRefine(
    ({ http_headers, fcm_priority, token_id, device_id, payload: { push_key_id, push_account_id } }, ctx) => {
      const missing = (...path: string[]) => ctx.addIssue({ code: 'custom', path, message: 'is missing' });
      if (token_id === undefined && device_id === undefined) missing('token_id');
      if (http_headers === undefined && fcm_priority === undefined) missing('fcm_priority');
      if (push_key_id === undefined && push_account_id === undefined) missing('payload', 'push_key_id');
    },
  );

/** Body of `push/e2ee/notify`. */
export const notifyEncryptedSchema = z.object({
  realm_uuid: uuid().describe("UUID of the user's organization"),
  push_requests: z.array(pushRequest).describe('One entry per device'),
});

export type NotifyEncrypted = z.output<typeof notifyEncryptedSchema>;
export type PushRequest = z.output<typeof pushRequest>;
