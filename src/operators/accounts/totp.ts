import { Secret, TOTP } from 'otpauth';

/** Seconds of a step, and how many steps before and after the present one are accepted (RFC 6238, 5.2). */
const PERIOD = 30;
const WINDOW = 1;
/** Bits of a secret: the length of the digest (RFC 4226, 4, R6). */
const SECRET_BYTES = 20;

const generator = (secret: string, label = '') =>
  new TOTP({
    issuer: 'Push Bouncer',
    label,
    algorithm: 'SHA1',
    digits: 6,
    period: PERIOD,
    secret: Secret.fromBase32(secret),
  });

/** A new secret, in base 32. */
export function newTotpSecret(): string {
  return new Secret({ size: SECRET_BYTES }).base32;
}

/** The address that authenticator apps read from a QR code (github.com/google/google-authenticator/wiki/Key-Uri-Format). */
export function totpAddress(secret: string, email: string): string {
  return generator(secret, email).toString();
}

/**
 * The time step of which this is the code; undefined where it is none of those accepted now. Whoever accepts it must see to it
 * that the step is accepted once.
 *
 * @param millis the present time, since the Unix epoch
 */
export function totpStep(secret: string, code: string, millis: number): number | undefined {
  const token = code.replace(/\s/g, '');
  if (!/^\d{6}$/.test(token)) return undefined;
  const delta = generator(secret).validate({ token, timestamp: millis, window: WINDOW });
  return delta === null ? undefined : Math.floor(millis / 1_000 / PERIOD) + delta;
}
