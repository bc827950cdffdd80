import { createHash } from 'node:crypto';

const BYTES = 8;

/**
 * How newer servers name a device without knowing its token: the first eight bytes of the token's SHA-256, in the case in which the
 * app wrote it. Kept as a signed big-endian number, which is what PostgreSQL's `bigint` holds; here as decimal text.
 */
export function tokenIdOf(token: string): string {
  return toNumber(createHash('sha256').update(token, 'utf8').digest().subarray(0, BYTES));
}

/** The number of an id as it stands on the wire; undefined where the bytes cannot be an id. */
export function tokenIdFromBytes(bytes: Buffer): string | undefined {
  return bytes.length === BYTES ? toNumber(bytes) : undefined;
}

function toNumber(bytes: Buffer): string {
  return bytes.readBigInt64BE(0).toString();
}
