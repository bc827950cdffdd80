import { isUtf8 } from 'node:buffer';
import { z } from 'zod';
import { DEVICE_KIND, type DeviceKind } from '../../devices/device-kind.js';
import { JsonTextError, parseJsonText } from '../../protocol/json-text.js';
import { integer } from '../../protocol/wire-types.js';

/** What an app says of itself, sealed from its own server. */
export interface PushRegistration {
  readonly kind: DeviceKind;
  readonly token: string;
  /** Apple's devices have one, Android's none. */
  readonly iosAppId: string | null;
  /** When the app wrote it, Unix seconds. */
  readonly timestamp: number;
}

const token = z.string().min(1).max(4096);
const timestamp = integer(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);

const registrationSchema = z.discriminatedUnion('token_kind', [
  z.object({
    token_kind: z.literal('apns'),
    token: token.regex(/^(?:[0-9a-fA-F]{2})+$/),
    ios_app_id: z
      .string()
      .max(255)
      .regex(/^[.a-zA-Z0-9-]+$/),
    timestamp,
  }),
  z.object({ token_kind: z.literal('fcm'), token, ios_app_id: z.null().optional(), timestamp }),
]);

/** Reads an opened registration; undefined where it is not one. */
export function parseRegistration(plain: Buffer): PushRegistration | undefined {
  const parsed = registrationSchema.safeParse(parse(plain));
  if (!parsed.success) return undefined;
  const { token_kind, token, ios_app_id, timestamp } = parsed.data;
  return { kind: DEVICE_KIND[token_kind], token, iosAppId: ios_app_id ?? null, timestamp };
}

function parse(plain: Buffer): unknown {
  if (!isUtf8(plain)) return undefined;
  try {
    return parseJsonText(plain.toString('utf8'));
  } catch (error) {
    if (error instanceof JsonTextError) return undefined;
    throw error;
  }
}
