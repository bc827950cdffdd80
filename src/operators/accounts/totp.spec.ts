import { Secret } from 'otpauth';
import { describe, expect, it } from 'vitest';
import { newTotpSecret, totpAddress, totpStep } from './totp.js';

/** RFC 6238, appendix B, with the last six of the eight digits there. */
const RFC_SECRET = Secret.fromLatin1('12345678901234567890').base32;
const RFC_CODES = [
  [59, '287082'],
  [1_111_111_109, '081804'],
  [1_111_111_111, '050471'],
  [1_234_567_890, '005924'],
  [2_000_000_000, '279037'],
  [20_000_000_000, '353130'],
] as const;

describe('a time-based code', () => {
  it.each(RFC_CODES)('at second %d is the one of the standard', (seconds, code) => {
    expect(totpStep(RFC_SECRET, code, seconds * 1_000)).toBe(Math.floor(seconds / 30));
  });

  it('is of the step before, the present one or the one after, and names it', () => {
    const step = Math.floor(1_234_567_890 / 30);
    const at = (steps: number) => totpStep(RFC_SECRET, '005924', (1_234_567_890 + steps * 30) * 1_000);
    expect([-2, -1, 0, 1, 2].map(at)).toEqual([undefined, step, step, step, undefined]);
  });

  it.each(['', '28708', '2870822', 'abcdef', '287083', '-87082', '٢٨٧٠٨٢'])('is not %j', (code) => {
    expect(totpStep(RFC_SECRET, code, 59_000)).toBeUndefined();
  });

  it('may have a space in its middle, as apps show it', () => {
    expect(totpStep(RFC_SECRET, ' 287 082 ', 59_000)).toBe(1);
  });
});

describe('a new secret', () => {
  it('has 160 bits, and no other has the same', () => {
    expect(newTotpSecret()).toMatch(/^[A-Z2-7]{32}$/);
    expect(newTotpSecret()).not.toBe(newTotpSecret());
  });

  it('goes to an app with the name of the service and the operator', () => {
    const address = new URL(totpAddress(RFC_SECRET, 'alice@example.org'));
    expect(address.protocol).toBe('otpauth:');
    expect(decodeURIComponent(address.pathname)).toContain('Push Bouncer:alice@example.org');
    expect(Object.fromEntries(address.searchParams)).toMatchObject({
      issuer: 'Push Bouncer',
      secret: RFC_SECRET,
      digits: '6',
      period: '30',
      algorithm: 'SHA1',
    });
  });
});
