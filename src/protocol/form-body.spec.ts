import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AppError } from '../common/errors.js';
import { parseForm } from './form-body.js';

const read = (text: string) => ({ ...parseForm(text) });
const refusalOf = (text: string): string | undefined => {
  try {
    parseForm(text);
    return undefined;
  } catch (error) {
    if (error instanceof AppError) return error.errorName;
    throw error;
  }
};

describe('a form', () => {
  it.each<[string, Record<string, string>]>([
    ['', {}],
    ['&&', {}],
    ['a=1&b=2', { a: '1', b: '2' }],
    ['a', { a: '' }],
    ['a=', { a: '' }],
    ['=x', { '': 'x' }],
    ['a=b=c', { a: 'b=c' }],
    ['a=1+2', { a: '1 2' }],
    ['a=%2B', { a: '+' }],
    ['a=%252B', { a: '%2B' }],
    ['id=%2BwKIhyAx%2FEg%3D', { id: '+wKIhyAx/Eg=' }],
    ['a%20b=%C3%A9', { 'a b': 'é' }],
    ['a[]=1&a[b]=2', { 'a[]': '1', 'a[b]': '2' }],
    ['a=;&b;=1', { a: ';', 'b;': '1' }],
    ['constructor=1&toString=2', { constructor: '1', toString: '2' }],
  ])('%s is read', (text, fields) => {
    expect(read(text)).toEqual(fields);
  });

  it('may have a field called __proto__, which then is just a field', () => {
    const fields = parseForm('__proto__=x');
    expect(Object.keys(fields)).toEqual(['__proto__']);
    expect(({} as Record<string, unknown>)['x']).toBeUndefined();
  });

  it.each([
    ['a=%', 'params.malformed-form'],
    ['a=%4', 'params.malformed-form'],
    ['a=%g0', 'params.malformed-form'],
    ['a=%ff', 'params.malformed-form'],
    ['a=%c0%80', 'params.malformed-form'],
    ['a=%ed%a0%80', 'params.malformed-form'],
    ['a=%00', 'params.malformed-form'],
    ['a=\0', 'params.malformed-form'],
    ['%00=a', 'params.malformed-form'],
    ['a=1&a=1', 'params.duplicate'],
    ['a=1&%61=1', 'params.duplicate'],
    ['a&a', 'params.duplicate'],
  ])('%s is refused', (text, name) => {
    expect(refusalOf(text)).toBe(name);
  });

  it('that was written by URLSearchParams is read back as it was', () => {
    const text = fc.string({ unit: 'binary', maxLength: 20 }).filter((value) => !value.includes('\0'));
    fc.assert(
      fc.property(fc.dictionary(text, text), (fields) => {
        expect(read(new URLSearchParams(fields).toString())).toEqual({ ...fields });
      }),
    );
  });
});
