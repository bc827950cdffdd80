import { createHash, randomInt } from 'node:crypto';
import sodium from 'libsodium-wrappers';
import { z } from 'zod';
import type { Received } from '../transport/received.js';

export interface SimulatedPhoneOptions {
  readonly kind: 'apns' | 'fcm';
  readonly token: string;
  /** Bundle id of the app, on Apple's devices. */
  readonly appId?: string;
  /** The push service's public key that is built into the app, base64. */
  readonly bouncerPublicKey: string;
}

/** What an app hands to its Zulip server. The token is sealed in it: the server does not learn it. */
export interface HandedRegistration {
  readonly kind: 'apns' | 'fcm';
  /** First eight bytes of the token's SHA-256, base64. */
  readonly tokenId: string;
  /** The app's number for the key; Zulip 11 speaks of the account's number. */
  readonly keyId: number;
  /** Shared by app and Zulip server alone. */
  readonly key: Uint8Array;
  readonly bouncerPublicKey: string;
  /** Base64 of what only the push service can open. */
  readonly sealed: string;
}

const encrypted = z.looseObject({ encrypted_data: z.string() });
const message = z.looseObject({ message: z.looseObject({ data: encrypted }) });

/** A phone whose app encrypts end to end: only it and its Zulip server can read what is sent to it. */
export class SimulatedPhone {
  private readonly keyId = randomInt(1, 2 ** 31);

  private constructor(
    private readonly options: SimulatedPhoneOptions,
    private readonly key: Uint8Array,
  ) {}

  static async create(options: SimulatedPhoneOptions): Promise<SimulatedPhone> {
    await sodium.ready;
    return new SimulatedPhone(options, sodium.crypto_secretbox_keygen());
  }

  get token(): string {
    return this.options.token;
  }

  /** Writes a registration, good for a day from `now` on. */
  register(now: Date): HandedRegistration {
    const { kind, token, appId, bouncerPublicKey } = this.options;
    const plain = JSON.stringify({
      token,
      token_kind: kind,
      ios_app_id: kind === 'apns' ? (appId ?? 'org.zulip.Zulip') : null,
      timestamp: Math.floor(now.getTime() / 1_000),
    });
    return {
      kind,
      tokenId: createHash('sha256').update(token, 'utf8').digest().subarray(0, 8).toString('base64'),
      keyId: this.keyId,
      key: this.key,
      bouncerPublicKey,
      sealed: base64(sodium.crypto_box_seal(plain, Buffer.from(bouncerPublicKey, 'base64'))),
    };
  }

  /** What the app makes of a delivery: the decrypted notification. @throws Error where the delivery is none for it */
  read({ body }: Received): Readonly<Record<string, unknown>> {
    const { encrypted_data: data } =
      this.options.kind === 'apns' ? encrypted.parse(body) : message.parse(body).message.data;
    const bytes = Buffer.from(data, 'base64');
    const nonce = bytes.subarray(0, sodium.crypto_secretbox_NONCEBYTES);
    return JSON.parse(sodium.crypto_secretbox_open_easy(bytes.subarray(nonce.length), nonce, this.key, 'text'));
  }
}

/** Encrypts a notification for the app that shares the key: nonce and box, base64. */
export function encryptFor(key: Uint8Array, notification: object): string {
  const nonce = sodium.randombytes_buf(sodium.crypto_secretbox_NONCEBYTES);
  return base64(Buffer.concat([nonce, sodium.crypto_secretbox_easy(JSON.stringify(notification), nonce, key)]));
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}
