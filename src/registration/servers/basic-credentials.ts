import { isUtf8 } from 'node:buffer';
import { AppError } from '../../common/errors.js';

/** What a Zulip server says of itself: its UUID as it wrote it, and its key. */
export interface BasicCredentials {
  readonly role: string;
  readonly key: string;
}

/**
 * Reads an `Authorization` header (RFC 7617) in the order of checks of docs/protocol.md, Authentication.
 *
 * @throws AppError for the first rule that the header breaks
 */
export function parseBasicCredentials(header: string | undefined): BasicCredentials {
  if (header === undefined) throw new AppError('auth.header-missing');
  const [scheme, encoded, ...more] = header.trim().split(/\s+/);
  if (!scheme || encoded === undefined || more.length > 0) throw new AppError('auth.header-invalid');
  if (scheme.toLowerCase() !== 'basic') throw new AppError('auth.not-basic');
  const decoded = decodeBase64(encoded);
  const [role, key, ...rest] = decoded?.split(':') ?? [];
  if (role === undefined || key === undefined || rest.length > 0) throw new AppError('auth.header-invalid');
  if (role.includes('@')) throw new AppError('auth.user-key');
  return { role, key };
}

function decodeBase64(text: string): string | undefined {
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return undefined;
  const bytes = Buffer.from(text, 'base64');
  return isUtf8(bytes) ? bytes.toString('utf8') : undefined;
}
