import { isAscii, isUtf8 } from 'node:buffer';
import { AppError, type ErrorName } from '../../common/errors.js';

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
  const read = readBasicCredentials(header);
  if (typeof read === 'string') throw new AppError(read);
  return read;
}

/** The same for those who have another use for a header that breaks a rule: answers the error's name. */
export function readBasicCredentials(header: string | undefined): BasicCredentials | ErrorName {
  if (header === undefined) return 'auth.header-missing';
  const encoded = encodedPart(header);
  if (typeof encoded !== 'string') return encoded.error;
  const decoded = decodeBase64(encoded);
  const colon = decoded?.indexOf(':') ?? -1;
  if (decoded === undefined || colon === -1 || decoded.includes(':', colon + 1)) return 'auth.header-invalid';
  const [role, key] = [decoded.slice(0, colon), decoded.slice(colon + 1)];
  return role.includes('@') ? 'auth.user-key' : { role, key };
}

/** How servers write it. */
const USUAL = 'Basic ';

/** What stands behind the scheme, in any spelling of it and with any space between. */
function encodedPart(header: string): string | { readonly error: ErrorName } {
  if (header.startsWith(USUAL) && !/\s/.test(header.slice(USUAL.length))) return header.slice(USUAL.length);
  const [scheme, encoded, ...more] = header.trim().split(/\s+/);
  if (!scheme || encoded === undefined || more.length > 0) return { error: 'auth.header-invalid' };
  return scheme.toLowerCase() === 'basic' ? encoded : { error: 'auth.not-basic' };
}

function decodeBase64(text: string): string | undefined {
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return undefined;
  const bytes = Buffer.from(text, 'base64');
  if (isAscii(bytes)) return bytes.toString('latin1');
  return isUtf8(bytes) ? bytes.toString('utf8') : undefined;
}
