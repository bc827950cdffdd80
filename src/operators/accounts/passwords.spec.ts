import { describe, expect, it } from 'vitest';
import { hashPassword, passwordMatches, passwordProblem } from './passwords.js';

describe('the digest of a password', () => {
  it('is Argon2id with the parameters that OWASP names, and salted', async () => {
    const [one, other] = await Promise.all([hashPassword('a password of ours'), hashPassword('a password of ours')]);
    expect(one).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(one).not.toBe(other);
  });

  it('is of that password and of no other', async () => {
    const digest = await hashPassword('a password of ours');
    expect(await passwordMatches('a password of ours', digest)).toBe(true);
    for (const wrong of ['a password of ourS', 'a password of ours ', '', 'a password of ours'.repeat(100)]) {
      expect(await passwordMatches(wrong, digest)).toBe(false);
    }
  });

  it('is the same however a keyboard composes the letters', async () => {
    expect(await passwordMatches('Gru\u0308ße und Kuchen', await hashPassword('Gr\u00fcße und Kuchen'))).toBe(true);
  });

  it('that is not there is matched by nothing, not even by nothing', async () => {
    for (const password of ['', 'a password of ours', 'x'.repeat(2_000)]) {
      expect([await passwordMatches(password, null), await passwordMatches(password, undefined)]).toEqual([
        false,
        false,
      ]);
    }
  });
});

describe('a new password', () => {
  it.each(['twelve chars', 'seven purple otters knit', '🦦🐙🦑🦐🦞🦀🐡🐠🐟🐬🐳🐋'])('may be %s', (password) => {
    expect(passwordProblem(password, 'alice@example.org')).toBeUndefined();
  });

  it.each([
    '',
    'elevenchars',
    '🦦🐙🦑🦐🦞🦀',
    'Alice@Example.org',
    ' alice@example.org ',
    'abababababababab',
    'x'.repeat(1_001),
  ])('may not be %j', (password) => {
    expect(passwordProblem(password, 'alice@example.org')).toBeDefined();
  });

  it('may not be the part of the address before the @ sign', () => {
    expect(passwordProblem('alice.wonderland', 'alice.wonderland@example.org')).toContain('e-mail address');
  });
});
