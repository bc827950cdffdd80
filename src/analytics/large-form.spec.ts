import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AppError } from '../common/errors.js';
import { parseForm } from '../protocol/form-body.js';
import { parseLargeForm } from './large-form.js';
import { Turns } from './turns.js';

async function outcome(work: () => unknown): Promise<unknown> {
  try {
    return { ...((await work()) as object) };
  } catch (error) {
    if (error instanceof AppError) return error.errorName;
    throw error;
  }
}

const large = (text: string | Buffer) => outcome(() => parseLargeForm(Buffer.from(text), new Turns()));
const small = (text: string) => outcome(() => parseForm(text));

describe('a large form', () => {
  it.each([
    '',
    'a=1&b=2',
    '&&a=1&',
    'a',
    'a=',
    '=x',
    'a=1=2',
    'a+b=c+d',
    'a%20b=%C3%bC',
    'ü=é',
    'a=1&a=2',
    'a=1&%61=2',
    'a=%',
    'a=%4',
    'a=%4g',
    'a=%g4',
    'a=%00',
    'a=%ff',
    'a=%C3',
    'a%=1',
    '__proto__=1',
    'a=\0',
    'realms%5B0%5D=1',
  ])('reads %j as a small one', async (text) => {
    expect(await large(text)).toEqual(await small(text));
  });

  it('gives back whatever was written', async () => {
    const dictionary = fc.dictionary(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }));
    await fc.assert(
      fc.asyncProperty(dictionary, async (fields) => {
        const text = new URLSearchParams(fields).toString();
        expect(await large(text)).toEqual(await small(text));
      }),
    );
  });

  it('refuses bytes that are no UTF-8', async () => {
    expect(await large(Buffer.from([0x61, 0x3d, 0xff]))).toBe('params.malformed-form');
  });

  it('reads megabytes', async () => {
    const value = '[{"ü": "a&b=c"}] '.repeat(100_000);
    expect(await large(new URLSearchParams({ value, empty: '' }).toString())).toEqual({ value, empty: '' });
  });
});
