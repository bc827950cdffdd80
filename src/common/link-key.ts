import { randomInt } from 'node:crypto';

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567';
/** Signs of a key. */
export const LINK_KEY_LENGTH = 24;

/** A new key for a link that is mailed to somebody: 24 letters and digits, 120 bits. */
export function newLinkKey(): string {
  return Array.from({ length: LINK_KEY_LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');
}
