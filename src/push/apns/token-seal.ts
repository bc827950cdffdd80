import { hkdfSync } from 'node:crypto';
import { CompactEncrypt, compactDecrypt } from 'jose';
import type { ApnsSigningKey } from './provider-token-store.js';

const PURPOSE = 'push-bouncer provider token';

/**
 * Encrypts a provider token for storage, as a JWE (RFC 7516) with `dir` and A256GCM. The key is derived by HKDF (RFC 5869) from the
 * signing key, which every node that needs the token has and no database dump contains.
 */
export function sealToken(signing: ApnsSigningKey, token: string): Promise<string> {
  return new CompactEncrypt(new TextEncoder().encode(token))
    .setProtectedHeader({ alg: 'dir', enc: 'A256GCM' })
    .encrypt(sealingKey(signing));
}

/** The token; undefined where it was sealed with another key or is damaged. */
export async function openToken(signing: ApnsSigningKey, sealed: string): Promise<string | undefined> {
  try {
    const { plaintext } = await compactDecrypt(sealed, sealingKey(signing), {
      keyManagementAlgorithms: ['dir'],
      contentEncryptionAlgorithms: ['A256GCM'],
    });
    return new TextDecoder().decode(plaintext);
  } catch {
    return undefined;
  }
}

function sealingKey({ key, keyId, teamId }: ApnsSigningKey): Uint8Array {
  const secret = key.export({ type: 'pkcs8', format: 'der' });
  return new Uint8Array(hkdfSync('sha256', secret, `${teamId}/${keyId}`, PURPOSE, 32));
}
