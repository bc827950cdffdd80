import fc from 'fast-check';
import { LosslessNumber } from 'lossless-json';
import { describe, expect, it } from 'vitest';
import { JsonTextError, parseJson, parseJsonText } from './json-text.js';

describe('a JSON text', () => {
  it.each<[string, unknown]>([
    ['{"a":[1,true,null,"x"]}', { a: [1, true, null, 'x'] }],
    [' \t\r\n5 ', 5],
    ['"a:b{[,\\""', 'a:b{[,"'],
    ['{"a\\"b":{"c:d":1}}', { 'a"b': { 'c:d': 1 } }],
    ['{"\\\\":"\\\\"}', { '\\': '\\' }],
    ['9007199254740991', 9007199254740991],
    ['9007199254740992', 9007199254740992n],
    ['-9007199254740993', -9007199254740993n],
    ['100000000000000', 100000000000000],
    ['"\\ud83d\\ude00"', '😀'],
    ['{"constructor":1,"toString":2}', { constructor: 1, toString: 2 }],
    ['{"a":1,"b":{"a":1}}', { a: 1, b: { a: 1 } }],
    ['{"1e5":"2.5"}', { '1e5': '2.5' }],
  ])('%s is read', (text, value) => {
    expect(parseJsonText(text)).toEqual(value);
  });

  it.each(['1.0', '1.5', '1e3', '-0.0', '1E400', '0.1000000000000000055'])('keeps how %s was written', (text) => {
    const { value, exact } = parseJson(text);
    expect(exact).toBe(true);
    expect((value as LosslessNumber).isLosslessNumber).toBe(true);
    expect(String(value)).toBe(text);
  });

  it('says whether it holds numbers that need an exact writer', () => {
    expect(parseJson('{"a":123456789012345}').exact).toBe(false);
    expect(parseJson('{"a":1234567890123456}').exact).toBe(true);
    expect(parseJson('{"a":"1.5"}').exact).toBe(false);
  });

  it.each([
    ['nothing', ''],
    ['two texts', '1 2'],
    ['a trailing comma', '[1,]'],
    ['an unquoted key', '{a:1}'],
    ['a leading zero', '01'],
    ['a bare point', '1.'],
    ['an open string', '"a'],
    ['an escape at its end', '"a\\'],
    ['an open object with a large number', '{"a":12345678901234567890'],
    ['a line end in a string', '"\n"'],
    ['a key twice', '{"a":1,"a":1}'],
    ['a key twice in different spelling', '{"a":1,"\\u0061":1}'],
    ['a key twice beside an exact number, equal', '{"a":1.5,"a":1.5}'],
    ['a key twice further down', '[{"x":{"b":1,"b":2}}]'],
    ['__proto__', '{"__proto__":1}'],
    ['__proto__ beside an exact number', '{"a":1.5,"__proto__":{"b":1}}'],
    ['a NUL', '"\\u0000"'],
    ['a NUL in a key', '{"\\u0000":1}'],
    ['half a surrogate pair', '"\\ud83d"'],
    ['half a surrogate pair in a key', '{"\\ude00":1}'],
    ['65 levels', '['.repeat(65) + ']'.repeat(65)],
    ['a million open brackets', '['.repeat(1_000_000)],
  ])('with %s is refused', (_what, text) => {
    expect(() => parseJson(text)).toThrow(JsonTextError);
  });

  it('of 64 levels is read', () => {
    expect(() => parseJson('['.repeat(64) + ']'.repeat(64))).not.toThrow();
  });

  it('that JSON.stringify wrote is read back as it was, and a refusal quotes nothing of a text', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
        const text = JSON.stringify(value);
        const parsed = readOrRefusal(text);
        // Nothing is returned: fast-check would take what a matcher returns for the verdict.
        if (parsed instanceof Error) expect(text).not.toContain(parsed.message);
        else expect(JSON.parse(text)).toEqual(withPlainNumbers(parsed));
      }),
    );
  });

  it('of any characters is read or refused by the one error, in no other way', () => {
    const tokens = fc.constantFrom(
      ...['{', '}', '[', ']', ',', ':', '"', '\\', '1', '1.5', 'e', '-', 'null', ' ', '\0'],
    );
    fc.assert(
      fc.property(fc.array(tokens, { maxLength: 30 }), (parts) => {
        readOrRefusal(parts.join(''));
      }),
      { numRuns: 1_000 },
    );
  });
});

function readOrRefusal(text: string): unknown {
  try {
    return parseJsonText(text);
  } catch (error) {
    if (error instanceof JsonTextError) return error;
    throw error;
  }
}

function withPlainNumbers(value: unknown): unknown {
  if (value instanceof LosslessNumber || typeof value === 'bigint') return Number(value.toString());
  if (Array.isArray(value)) return value.map(withPlainNumbers);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withPlainNumbers(item)]));
}
