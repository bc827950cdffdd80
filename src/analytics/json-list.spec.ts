import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AppError } from '../common/errors.js';
import { type Json, parseJsonText } from '../protocol/json-text.js';
import { listElements } from './json-list.js';
import { Turns } from './turns.js';

/** All elements, or the text of the refusal. */
async function read(text: string): Promise<Json[] | string> {
  const all: Json[] = [];
  try {
    for await (const some of listElements(text, 'rows', new Turns())) all.push(...some);
  } catch (error) {
    if (error instanceof AppError) return error.clientMessage;
    throw error;
  }
  return all;
}

function expected(text: string): Json[] | string {
  try {
    const value = parseJsonText(text);
    return Array.isArray(value) ? value : 'rows is not a list';
  } catch {
    return 'rows is not valid JSON';
  }
}

/** Fills a list up so that it is cut into several pieces. */
const filler = JSON.stringify(Array.from({ length: 3_000 }, (_, i) => ({ id: i, text: 'a"b\\[{,' }))).slice(1, -1);

describe('a long list', () => {
  it.each([
    '[]',
    ' [ ] ',
    '[1]',
    '["]"]',
    '["\\\\"]',
    '["\\""]',
    '',
    '[',
    ']',
    '[1,]',
    '[,1]',
    '[1 2]',
    '[}',
    '{]',
    '[[}]',
    '[] x',
    '["a]',
    'null',
    '"[]"',
    '{"a":[1]}',
    '\u00a0[]',
    '[{"a":1,"a":2}]',
    '["\\u0000"]',
  ])('reads %j as the whole parser does', async (text) => {
    expect(await read(text)).toEqual(expected(text));
  });

  it.each([
    `[${filler}]`,
    `[${filler},]`,
    `[,${filler}]`,
    `[${filler},,1]`,
    `[${filler}`,
    `[${filler}}`,
    `[${filler}] []`,
    `[${filler},{"open":]`,
    `[${' '.repeat(20_000)}]`,
    `[${' '.repeat(20_000)},1]`,
    `[${filler},${' '.repeat(20_000)}]`,
    `[1.0,${filler},12345678901234567890]`,
  ])('reads a text of several pieces as the whole parser does (%#)', async (text) => {
    expect(await read(text)).toEqual(expected(text));
  });

  it('gives back whatever was written', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.jsonValue({ maxDepth: 3 })), async (values) => {
        const text = `[${[JSON.stringify(values).slice(1, -1), filler].filter((part) => part !== '').join(',')}]`;
        expect(await read(text)).toEqual(expected(text));
      }),
      { numRuns: 30 },
    );
  });

  it('refuses an element of enormous length without parsing it', async () => {
    expect(await read(`["${'x'.repeat(300_000)}"]`)).toBe('rows is too long (limit: 262144 characters)');
    expect(await read(`"${'x'.repeat(300_000)}"`)).toBe('rows is not a list');
  });
});
