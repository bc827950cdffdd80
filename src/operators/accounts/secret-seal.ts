import { hkdfSync } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { CompactEncrypt, compactDecrypt } from 'jose';
import { SESSION_SECRETS } from '../../config/session-secrets.js';

const PURPOSE = 'push-bouncer second factor';

/** A secret that was opened. */
export interface Opened {
  readonly text: string;
  /** It was sealed with a secret that no longer signs: seal it again. */
  readonly outdated: boolean;
}

/**
 * Encrypts the secrets of second factors for storage, as a JWE (RFC 7516) with `dir` and A256GCM. The key is derived by HKDF
 * (RFC 5869) from a session secret, which no database dump contains, and for one operator: what is sealed for one does not open
 * for another.
 */
@Injectable()
export class SecretSeal {
  constructor(@Inject(SESSION_SECRETS) private readonly secrets: readonly string[]) {}

  seal(operatorId: string, text: string): Promise<string> {
    const [secret] = this.secrets;
    if (!secret) throw new Error('no secret to seal with');
    return new CompactEncrypt(new TextEncoder().encode(text))
      .setProtectedHeader({ alg: 'dir', enc: 'A256GCM' })
      .encrypt(sealingKey(secret, operatorId));
  }

  /** The text; undefined where none of the secrets opens it, as after all of them were exchanged. */
  async open(operatorId: string, sealed: string): Promise<Opened | undefined> {
    for (const [i, secret] of this.secrets.entries()) {
      try {
        const { plaintext } = await compactDecrypt(sealed, sealingKey(secret, operatorId), {
          keyManagementAlgorithms: ['dir'],
          contentEncryptionAlgorithms: ['A256GCM'],
        });
        return { text: new TextDecoder().decode(plaintext), outdated: i > 0 };
      } catch {
        // Sealed with another of the secrets, or damaged.
      }
    }
    return undefined;
  }
}

function sealingKey(secret: string, operatorId: string): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', secret, operatorId, PURPOSE, 32));
}
