import { createHash } from 'node:crypto';
import sodium from 'libsodium-wrappers';

/** The public half of a pair that everybody may know: its file lies among the fixtures. */
export const PUBLIC_KEY = 'B6N8vBQgk8i3VdwbEOhstCY3StFqqFPtC9/AsrhtHHw=';

/** Settings of a service that has this pair. */
export const KEYS_ENV = { E2EE_KEYS_FILE: 'test/fixtures/e2ee/keys.json' };

/** What an app seals for the service: JSON of a value, or a text as it is. */
export async function seal(plain: unknown): Promise<string> {
  await sodium.ready;
  const text = typeof plain === 'string' ? plain : JSON.stringify(plain);
  return Buffer.from(sodium.crypto_box_seal(text, Buffer.from(PUBLIC_KEY, 'base64'))).toString('base64');
}

/** How a server names a device by its token. */
export function tokenId(token: string): string {
  return createHash('sha256').update(token).digest().subarray(0, 8).toString('base64');
}
