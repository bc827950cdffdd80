import { z } from 'zod';
import { BouncerError } from './bouncer-client.js';
import type { EncryptedDevice } from './encrypted-devices.js';
import { fromQueue } from './retry-queue.js';
import { encryptFor, type HandedRegistration } from './simulated-phone.js';
import type { ZulipParts } from './zulip-parts.js';

const REGISTER_PATH = '/api/v1/remotes/push/e2ee/register';
const NOTIFY_PATH = '/api/v1/remotes/push/e2ee/notify';
const ALERT = { headers: { apns_priority: 10, apns_push_type: 'alert' }, fcm_priority: 'high' } as const;
const QUIET = { headers: { apns_priority: 5, apns_push_type: 'background' }, fcm_priority: 'normal' } as const;
/** Shown until the app has decrypted the message. */
const APS = { 'mutable-content': 1, alert: { title: 'New notification' } };

const numbered = z.looseObject({ device_id: z.int() });
const anything = z.looseObject({});
const notified = z.looseObject({
  android_successfully_sent_count: z.int(),
  apple_successfully_sent_count: z.int(),
  realm_push_status: z.looseObject({ can_push: z.boolean(), expected_end_timestamp: z.int().nullable() }),
});
const notifiedBy = {
  'by-number': notified
    .extend({ delete_device_ids: z.array(z.int()) })
    .transform((answer) => ({ answer, gone: answer.delete_device_ids })),
  'by-token': notified
    .extend({ delete_token_ids: z.array(z.string()) })
    .transform((answer) => ({ answer, gone: answer.delete_token_ids })),
};

/** What a Zulip server reads in the answer to an encrypted notification. */
export type EncryptedAnswer = z.output<typeof notified>;

/** Codes that mean: this realm may not send now. */
const DISALLOWED = ['PUSH_NOTIFICATIONS_DISALLOWED', 'MISSING_REMOTE_REALM'];

/** The part of a Zulip server (11 and later) that learns no tokens and tells the push service no contents. */
export class EncryptedPush {
  constructor(private readonly parts: ZulipParts) {}

  /**
   * Passes a phone's sealed registration on. While the service does not know the realm it is tried again.
   *
   * @throws BouncerError after which the registration has failed for good
   */
  async register(userId: number, handed: HandedRegistration): Promise<void> {
    const { kind, tokenId, keyId, key, sealed, bouncerPublicKey } = handed;
    const { client, database } = this.parts;
    const common = {
      realm_uuid: database.realm.uuid,
      encrypted_push_registration: sealed,
      bouncer_public_key: bouncerPublicKey,
    };
    const deviceId = await fromQueue(
      async () => {
        if (this.byNumber) {
          const form = { ...common, push_account_id: keyId };
          return (await client.form(REGISTER_PATH, form, numbered, database.credentials)).device_id;
        }
        await client.form(REGISTER_PATH, { ...common, token_id: tokenId }, anything, database.credentials);
        return undefined;
      },
      ({ code }) => code === 'MISSING_REMOTE_REALM',
    );
    const numberOf = deviceId === undefined ? {} : { deviceId };
    database.encryptedDevices.add({ userId, kind, tokenId, keyId, key, ...numberOf });
  }

  /** Sends a notification to all of a user's encrypting devices, each with its own key. `quiet`: it takes others back. */
  async notify(userId: number, notification: object, quiet: boolean): Promise<EncryptedAnswer> {
    const { client, database, clock } = this.parts;
    const devices = database.encryptedDevices.of(userId);
    const body = {
      realm_uuid: database.realm.uuid,
      push_requests: devices.map((device) => this.request(device, notification, quiet)),
    };
    const answers = notifiedBy[this.byNumber ? 'by-number' : 'by-token'];
    try {
      const { answer, gone } = await fromQueue(() => client.json(NOTIFY_PATH, body, answers, database.credentials));
      database.encryptedDevices.forget(gone);
      database.pushStatus.pushed(answer.realm_push_status, clock.now());
      return answer;
    } catch (error) {
      if (error instanceof BouncerError && DISALLOWED.includes(error.code)) database.pushStatus.disallowed();
      throw error;
    }
  }

  private get byNumber(): boolean {
    return this.parts.features.encryption === 'by-number';
  }

  private request({ kind, tokenId, deviceId, keyId, key }: EncryptedDevice, notification: object, quiet: boolean) {
    const name = this.byNumber ? { device_id: deviceId } : { token_id: tokenId };
    const { headers, fcm_priority } = quiet ? QUIET : ALERT;
    const payload = {
      ...(this.byNumber ? { push_account_id: keyId } : { push_key_id: keyId }),
      encrypted_data: encryptFor(key, notification),
    };
    return kind === 'apns'
      ? { ...name, http_headers: headers, payload: { ...payload, aps: APS } }
      : { ...name, fcm_priority, payload };
  }
}
