import { hash, timingSafeEqual } from 'node:crypto';

/** SHA-256 of a key that nobody can guess (a server's, a session's, a link's): what is stored of it, and looked up by. */
export function keyDigest(key: string): Buffer {
  return hash('sha256', key, 'buffer');
}

const NOBODY = keyDigest('');

/**
 * Whether a key has the digest. Takes the same time whether it does or not, and also where there is no digest to compare with
 * (the answer is then false), so that timing tells nobody which servers exist.
 */
export function keyMatches(key: string, digest: Buffer | undefined): boolean {
  const equal = timingSafeEqual(keyDigest(key), digest ?? NOBODY);
  return equal && digest !== undefined;
}
