import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AppError } from '../../common/errors.js';
import { parseBasicCredentials } from './basic-credentials.js';

const encode = (text: string | Buffer) => Buffer.from(text).toString('base64');
const refusalOf = (header: string | undefined): string | undefined => {
  try {
    parseBasicCredentials(header);
    return undefined;
  } catch (error) {
    if (error instanceof AppError) return error.errorName;
    throw error;
  }
};

describe('Basic credentials', () => {
  it.each([
    ['as they are usually written', `Basic ${encode('role:key')}`],
    ['with the scheme in any case', `bAsIc ${encode('role:key')}`],
    ['with more white space', `  Basic \t ${encode('role:key')} `],
  ])('are read %s', (_name, header) => {
    expect(parseBasicCredentials(header)).toEqual({ role: 'role', key: 'key' });
  });

  it('may be empty, which then matches no server', () => {
    expect(parseBasicCredentials(`Basic ${encode(':')}`)).toEqual({ role: '', key: '' });
  });

  it.each<[string, string | undefined, string]>([
    ['there are none', undefined, 'auth.header-missing'],
    ['they are empty', '', 'auth.header-invalid'],
    ['they are one word', 'Basic', 'auth.header-invalid'],
    ['they are three words', 'Digest a b', 'auth.header-invalid'],
    ['the scheme is another one, whatever follows', 'Digest %%%', 'auth.not-basic'],
    ['they are no base64', 'Basic %%%%', 'auth.header-invalid'],
    ['they are base64 cut short', `Basic ${encode('role:key').slice(0, -1)}`, 'auth.header-invalid'],
    ['they are base64 for URLs', 'Basic _-__', 'auth.header-invalid'],
    ['they are no UTF-8', `Basic ${encode(Buffer.from([0x3a, 0xff, 0x3a]))}`, 'auth.header-invalid'],
    ['they have no colon', `Basic ${encode('foo')}`, 'auth.header-invalid'],
    ['they have two colons', `Basic ${encode('a@b:c:d')}`, 'auth.header-invalid'],
    ['they are those of a user', `Basic ${encode('hamlet@zulip.com:key')}`, 'auth.user-key'],
  ])('are refused where %s', (_name, header, name) => {
    expect(refusalOf(header)).toBe(name);
  });

  it('of any header are read or refused, in no other way', () => {
    const any = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.base64String().map((text) => `Basic ${text}`),
    );
    fc.assert(
      fc.property(any, (header) => {
        expect(refusalOf(header) ?? 'auth.read').toMatch(/^auth\./);
      }),
    );
  });
});
