import { Algorithm, hash, verify } from '@node-rs/argon2';

/** OWASP, Password Storage Cheat Sheet: 19 MiB, two passes, one lane. */
const COST = { algorithm: 2 satisfies Algorithm.Argon2id, memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;
const MIN_LENGTH = 12;
const MAX_LENGTH = 1_000;

let nobodys: Promise<string> | undefined;

/** The digest that is stored of a password: Argon2id (RFC 9106), salted. */
export function hashPassword(password: string): Promise<string> {
  return hash(canonical(password), COST);
}

/**
 * Whether a password has the digest. Takes the same time where there is no digest (the answer is then false), so that timing
 * tells nobody who is an operator.
 */
export async function passwordMatches(password: string, digest: string | null | undefined): Promise<boolean> {
  nobodys ??= hashPassword('');
  const given = password.length > MAX_LENGTH ? '' : password;
  const matches = await verify(digest ?? (await nobodys), canonical(given));
  return matches && typeof digest === 'string';
}

/** What is wrong with a new password, as a sentence; undefined where nothing is. Length is what counts (NIST SP 800-63B, 5.1.1). */
export function passwordProblem(password: string, email: string): string | undefined {
  const length = [...password].length;
  if (length < MIN_LENGTH) return `The password must have at least ${MIN_LENGTH} characters.`;
  if (password.length > MAX_LENGTH) return `The password must have at most ${MAX_LENGTH} characters.`;
  const [localPart = email] = email.split('@');
  const lower = password.toLowerCase().trim();
  if (lower === email || lower === localPart) return 'The password must not be your e-mail address.';
  if (new Set(password).size < 4) return 'The password must not be one character over and over.';
  return undefined;
}

/** However a keyboard composes its letters, the same password is the same. */
function canonical(password: string): string {
  return password.normalize('NFKC');
}
