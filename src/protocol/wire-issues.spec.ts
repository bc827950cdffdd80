import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { AppError } from '../common/errors.js';
import type { WireRoot } from './wire-issues.js';
import { checkWire } from './wire-parameters.decorator.js';
import { fail, int64, integer, jsonField, jsonObject, nonBlankString, uuid } from './wire-types.js';

/** The text that a client gets for a value, or undefined where the value passes. */
function refusal(schema: z.ZodType, value: unknown, root: WireRoot): string | undefined {
  try {
    checkWire(schema, value, root);
    return undefined;
  } catch (error) {
    if (error instanceof AppError) return error.clientMessage;
    throw error;
  }
}

const row = z.object({ id: integer(), flag: z.boolean(), note: z.string().nullable() });
const closed = z.strictObject({ id: integer() });

const schema = z.object({
  int: integer(0, 100),
  big: int64(),
  text: z.string(),
  float: z.number(),
  flag: z.boolean(),
  dict: jsonObject(),
  list: z.array(row),
  methods: z.record(z.string(), z.boolean()),
  closed,
  id: uuid(),
  name: nonBlankString(),
  short: z.string().max(5),
  exact: z.string().length(3),
  pattern: z.string().regex(/^a+$/),
  choice: z.enum(['x', 'y']),
  custom: z.string().transform((_, ctx) => fail(ctx, { wire: 'value', detail: 'Not a good one' })),
});

const good = {
  ...{ int: 1, big: 1, text: '', float: 1, flag: true, dict: {}, list: [], methods: {}, closed: { id: 1 } },
  ...{ id: '5b2a4f9e-6a0c-4a8e-9d8c-2f1f0c6a7b10', name: 'n', short: '', exact: 'abc', pattern: 'a', choice: 'x' },
};

describe('a JSON body', () => {
  it.each<[string, object, string]>([
    ['an integer that is text', { int: '1' }, 'request["int"] is not an integer'],
    ['an integer out of bounds', { int: 101 }, 'request["int"] is out of range'],
    ['an integer of 64 bits that is too large', { int: 2n ** 60n }, 'request["int"] is out of range'],
    ['a 64-bit integer that is null', { big: null }, 'request["big"] is not an integer'],
    ['a 64-bit integer of 65 bits', { big: 2n ** 63n }, 'request["big"] is out of range'],
    ['a string that is a number', { text: 1 }, 'request["text"] is not a string'],
    ['a float that is text', { float: 'x' }, 'request["float"] is not a float'],
    ['a boolean that is a number', { flag: 0 }, 'request["flag"] is not a boolean'],
    ['an object that is a list', { dict: [] }, 'request["dict"] is not a dict'],
    ['a list that is an object', { list: {} }, 'request["list"] is not a list'],
    ['an element that is no object', { list: [5] }, 'request["list"][0] is not a dict'],
    [
      'a wrong key of an element',
      { list: [{ id: 1, flag: 1, note: null }] },
      'request["list"][0]["flag"] is not a boolean',
    ],
    ['a missing key of an element', { list: [{ id: 1, flag: true }] }, 'request["list"][0]["note"] field is missing'],
    [
      'a missing integer of an element',
      { list: [{ flag: true, note: null }] },
      'request["list"][0]["id"] field is missing',
    ],
    ['a wrong value of a dictionary', { methods: { Google: 1 } }, 'request["methods"]["Google"] is not a boolean'],
    ['an unexpected key', { closed: { id: 1, foo: 1 } }, 'Argument "foo" at request["closed"]["foo"] is unexpected'],
    ['a missing key', { text: undefined }, 'request["text"] field is missing'],
    ['a text that is no UUID', { id: 'x' }, 'Invalid request["id"]: Value error, Not a valid UUID'],
    ['a blank text', { name: ' \n' }, 'request["name"] cannot be blank'],
    ['a text that is too long', { short: '123456' }, 'request["short"] is too long (limit: 5 characters)'],
    ['a text of the wrong length', { exact: 'ab' }, 'request["exact"] is not length 3'],
    ['a text that is longer than its length', { exact: 'abcd' }, 'request["exact"] is not length 3'],
    ['a text of the wrong form', { pattern: 'b' }, 'request["pattern"] has invalid format'],
    ['a text that is none of those allowed', { choice: 'z' }, 'Invalid request["choice"]'],
    [
      'a value that fails a check of its own',
      { custom: 'x' },
      'Invalid request["custom"]: Value error, Not a good one',
    ],
  ])('%s', (_name, change, msg) => {
    expect(refusal(schema, { ...good, ...change }, 'request')).toBe(msg);
  });

  it('that is no object', () => {
    expect(refusal(schema, [], 'request')).toBe('request is not a dict');
  });

  it('with an unexpected key at the top', () => {
    expect(refusal(closed, { id: 1, foo: 1 }, 'request')).toBe('Argument "foo" at request["foo"] is unexpected');
  });

  it('with several faults: the first in the order of the schema is told', () => {
    expect(refusal(schema, { ...good, choice: 'z', text: 1 }, 'request')).toBe('request["text"] is not a string');
  });
});

describe('a form', () => {
  const fields = z.object({
    name: nonBlankString(),
    count: jsonField(integer()),
    rows: jsonField(z.array(row)).optional(),
  });
  it.each<[string, object, string]>([
    ['without a field', { count: '1' }, "Missing 'name' argument"],
    ['without a JSON field', { name: 'a' }, "Missing 'count' argument"],
    ['whose JSON field is empty', { name: 'a', count: '' }, 'count is not valid JSON'],
    ['whose JSON field is no JSON', { name: 'a', count: 'abc' }, 'count is not valid JSON'],
    ['whose integer has a point', { name: 'a', count: '1.0' }, 'count is not an integer'],
    ['whose integer is text', { name: 'a', count: '"5"' }, 'count is not an integer'],
    ['whose integer is null', { name: 'a', count: 'null' }, 'count is not an integer'],
    ['whose list is none', { name: 'a', count: '1', rows: '{}' }, 'rows is not a list'],
    [
      'whose list has a wrong element',
      { name: 'a', count: '1', rows: '[{"id":1.0,"flag":true,"note":null}]' },
      'rows[0]["id"] is not an integer',
    ],
    ['whose list has a blank name', { name: '', count: '1' }, 'name cannot be blank'],
  ])('%s', (_name, value, msg) => {
    expect(refusal(fields, value, 'form')).toBe(msg);
  });

  it('names the missing field for programs too', () => {
    try {
      checkWire(fields, { count: '1' }, 'form');
      expect.unreachable();
    } catch (error) {
      expect((error as AppError).toBody()).toEqual({
        result: 'error',
        msg: "Missing 'name' argument",
        code: 'REQUEST_VARIABLE_MISSING',
        var_name: 'name',
      });
    }
  });
});

describe('a UUID', () => {
  it.each([
    '5b2a4f9e-6a0c-4a8e-9d8c-2f1f0c6a7b10',
    '5B2A4F9E-6A0C-4A8E-9D8C-2F1F0C6A7B10',
    '5b2a4f9e6a0c4a8e9d8c2f1f0c6a7b10',
    '{5b2a4f9e-6a0c-4a8e-9d8c-2f1f0c6a7b10}',
    'urn:uuid:5b2a4f9e-6a0c-4a8e-9d8c-2f1f0c6a7b10',
  ])('%s is the same in every spelling', (text) => {
    expect(checkWire(uuid(), text, 'request')).toBe('5b2a4f9e-6a0c-4a8e-9d8c-2f1f0c6a7b10');
  });

  it.each(['', 'x', '5b2a4f9e6a0c4a8e9d8c2f1f0c6a7b1', '５b2a4f9e-6a0c-4a8e-9d8c-2f1f0c6a7b10', `${'0'.repeat(32)} `])(
    '"%s" is none',
    (text) => {
      expect(refusal(uuid(), text, 'request')).toBe('Invalid request: Value error, Not a valid UUID');
    },
  );
});
