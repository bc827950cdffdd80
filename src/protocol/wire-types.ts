import { isLosslessNumber } from 'lossless-json';
import { z } from 'zod';
import { type Json, JsonTextError, parseJsonText } from './json-text.js';

/**
 * Building blocks for the schemas of API endpoints. They mark what is wrong in the terms of the protocol; `wire-issues.ts` words
 * it. Integers are strict: `1.0`, `"5"`, `true` and `null` are not integers.
 */

/** What a custom issue means for the client. */
export type WireProblem =
  | { readonly wire: 'type'; readonly type: string }
  | { readonly wire: 'not-json' }
  | { readonly wire: 'blank' }
  | { readonly wire: 'format' }
  | { readonly wire: 'range' }
  | { readonly wire: 'value'; readonly detail: string };

/** Reports a problem from a transform and ends it. */
export function fail(ctx: { addIssue(issue: never): void }, problem: WireProblem): never {
  const issue = { code: 'custom', message: problem.wire, params: problem, continue: false };
  ctx.addIssue(issue as never);
  return z.NEVER;
}

/** A string with something in it besides white space. */
export const nonBlankString = () =>
  z.string().transform((value, ctx) => (value.trim() === '' ? fail(ctx, { wire: 'blank' }) : value));

const INT64 = { min: -(2n ** 63n), max: 2n ** 63n - 1n };

/** An integer that fits a number exactly and lies within the bounds (default: 32 bits, signed). */
export const integer = (min = -(2 ** 31), max = 2 ** 31 - 1) =>
  z
    .custom<Json>(() => true)
    .transform((value, ctx): number => {
      if (typeof value === 'bigint') return fail(ctx, { wire: 'range' });
      if (typeof value !== 'number') return fail(ctx, { wire: 'type', type: 'an integer' });
      return value < min || value > max ? fail(ctx, { wire: 'range' }) : value;
    })
    .meta({ type: 'integer' });

/** A 64-bit integer, as decimal text: the form in which PostgreSQL's `bigint` travels without loss. */
export const int64 = () =>
  z
    .custom<Json>(() => true)
    .transform((value, ctx): string => {
      if (typeof value !== 'number' && typeof value !== 'bigint')
        return fail(ctx, { wire: 'type', type: 'an integer' });
      const big = BigInt(value);
      return big < INT64.min || big > INT64.max ? fail(ctx, { wire: 'range' }) : big.toString();
    })
    .meta({ type: 'integer', format: 'int64' });

/** A UUID in any spelling that a UUID parser takes, answered in canonical form. */
export const uuid = () =>
  z
    .string()
    .transform((value, ctx) => canonicalUuid(value) ?? fail(ctx, { wire: 'value', detail: 'Not a valid UUID' }))
    .meta({ type: 'string', format: 'uuid' });

/** A JSON object with any keys. */
export const jsonObject = () =>
  z
    .custom<Json>(() => true)
    .transform((value, ctx): { [key: string]: Json } =>
      isJsonObject(value) ? value : fail(ctx, { wire: 'type', type: 'a dict' }),
    )
    .meta({ type: 'object', additionalProperties: true });

/** A form value that is itself JSON text. */
export const jsonField = <T extends z.ZodType<unknown, Json>>(inner: T) =>
  z
    .string()
    .transform((text, ctx) => {
      try {
        return parseJsonText(text);
      } catch (error) {
        if (error instanceof JsonTextError) return fail(ctx, { wire: 'not-json' });
        throw error;
      }
    })
    .pipe(inner)
    .meta(inner.meta() ?? {});

export function isJsonObject(value: unknown): value is { [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !isLosslessNumber(value);
}

const CANONICAL_UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Canonical lower-case hyphenated form of a UUID in any usual spelling (braces, `urn:uuid:`, no hyphens), or undefined. */
export function canonicalUuid(text: string): string | undefined {
  // As every Zulip server writes it.
  if (CANONICAL_UUID.test(text)) return text;
  const hex = text
    .replace(/^urn:uuid:/i, '')
    .replace(/^\{(.*)\}$/, '$1')
    .replaceAll('-', '')
    .toLowerCase();
  if (!/^[0-9a-f]{32}$/.test(hex)) return undefined;
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
