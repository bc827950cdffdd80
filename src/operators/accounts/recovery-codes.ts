import { hash, randomBytes } from 'node:crypto';

const CODES = 10;
/** Without letters and digits that are taken for each other: 32 signs, five bits each. */
const ALPHABET = 'abcdefghjkmnpqrstuvwxyz023456789';
const SIGNS = 16;

/** New recovery codes: 80 random bits each, in groups of four. */
export function newRecoveryCodes(): string[] {
  return Array.from({ length: CODES }, () => {
    const signs = Array.from(randomBytes(SIGNS), (byte) => ALPHABET[byte % ALPHABET.length]).join('');
    return signs.match(/.{4}/g)?.join('-') ?? signs;
  });
}

/** What is stored of a code; spaces, hyphens and letter case do not matter. */
export function recoveryCodeDigest(code: string): Buffer {
  return hash('sha256', code.toLowerCase().replace(/[^a-z0-9]/g, ''), 'buffer');
}
