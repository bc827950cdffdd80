import { expect, it } from 'vitest';
import { newRecoveryCodes, recoveryCodeDigest } from './recovery-codes.js';

it('recovery codes are ten, all different, in groups that can be read aloud', () => {
  const codes = newRecoveryCodes();
  expect(new Set(codes).size).toBe(10);
  for (const code of codes) expect(code).toMatch(/^[a-hjkmnp-z02-9]{4}(-[a-hjkmnp-z02-9]{4}){3}$/);
});

it('a recovery code is known however it is written', () => {
  const digest = recoveryCodeDigest('abcd-efgh-jkmn-2345');
  for (const written of ['ABCD-EFGH-JKMN-2345', ' abcdefghjkmn2345\n', 'abcd efgh jkmn 2345']) {
    expect(recoveryCodeDigest(written)).toEqual(digest);
  }
  expect(recoveryCodeDigest('abcd-efgh-jkmn-2346')).not.toEqual(digest);
});
