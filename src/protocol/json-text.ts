import { isLosslessNumber, LosslessNumber, parse as parseLossless } from 'lossless-json';

/**
 * JSON as this protocol reads it: strict (RFC 8259), without repeated keys, and exact. An integer that JavaScript's number
 * cannot hold becomes a `bigint`; a number written with a point or an exponent keeps its text as a `LosslessNumber`, since `1`
 * is an integer for the protocol and `1.0` is not.
 */
export type Json = string | number | bigint | boolean | null | LosslessNumber | Json[] | { [key: string]: Json };

export type JsonObject = { [key: string]: Json };

/** Nothing a Zulip server sends is nested deeper than a handful of levels; recursion over the value must stay bounded. */
const MAX_DEPTH = 64;

/** The text is not JSON that we accept. Carries no part of the text. */
export class JsonTextError extends Error {
  override readonly name = 'JsonTextError';
}

/** A parsed text. `exact`: it holds numbers that only a writer for exact numbers can write back. */
export interface ParsedJson {
  readonly value: Json;
  readonly exact: boolean;
}

/**
 * Parses a JSON text exactly; see `parseJson`.
 *
 * @throws JsonTextError
 */
export function parseJsonText(text: string): Json {
  return parseJson(text).value;
}

/**
 * Parses a JSON text, and tells whether it holds numbers beyond JavaScript's own.
 *
 * @throws JsonTextError for malformed text, repeated or `__proto__` keys, NUL characters, lone surrogates, or deep nesting
 */
export function parseJson(text: string): ParsedJson {
  const shape = scan(text);
  if (shape.depth > MAX_DEPTH) throw new JsonTextError('nested too deeply');
  let value: Json;
  try {
    value = shape.exact
      ? (parseLossless(text, null, { parseNumber: exactNumber, onDuplicateKey: refuse }) as Json)
      : JSON.parse(text);
  } catch {
    throw new JsonTextError('not JSON');
  }
  // JSON.parse silently keeps the last of repeated keys; fewer keys than colons outside strings means that some were lost.
  const keys = shape.exact || isSuspicious(text) ? checkTree(value) : countKeys(value);
  if (keys !== shape.keys) throw new JsonTextError('repeated key');
  return { value, exact: shape.exact };
}

function refuse(): never {
  throw new JsonTextError('repeated key');
}

function exactNumber(text: string): number | bigint | LosslessNumber {
  if (/[.eE]/.test(text)) return new LosslessNumber(text);
  const number = Number(text);
  return Number.isSafeInteger(number) ? number : BigInt(text);
}

/**
 * One pass over the text outside its strings: how many keys, how deep, and whether `JSON.parse` would lose a number.
 * Linear in the length of the text.
 */
function scan(text: string): { keys: number; depth: number; exact: boolean } {
  let keys = 0;
  let depth = 0;
  let deepest = 0;
  let exact = false;
  let digits = 0;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c >= 48 && c <= 57) {
      if (++digits > 15) exact = true;
      continue;
    }
    if (c === 46 || ((c === 101 || c === 69) && digits > 0)) exact = true;
    digits = 0;
    if (c === 34) {
      const end = closingQuote(text, i);
      if (end === -1) break;
      i = end;
    } else if (c === 58) keys++;
    else if (c === 123 || c === 91) deepest = Math.max(deepest, ++depth);
    else if (c === 125 || c === 93) depth--;
  }
  return { keys, depth: deepest, exact };
}

/** Index of the quote that closes the string opened at `open`; -1 where none does. */
export function closingQuote(text: string, open: number): number {
  for (let end = text.indexOf('"', open + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    let backslashes = 0;
    while (end - backslashes - 1 > open && text.charCodeAt(end - backslashes - 1) === 92) backslashes++;
    if (backslashes % 2 === 0) return end;
  }
  return -1;
}

/** Whether a string of the value could be one that `checkTree` refuses: only an escape makes a NUL, or half a character. */
function isSuspicious(text: string): boolean {
  return text.includes('\\u') || text.includes('__proto__') || !text.isWellFormed();
}

/** Counts object keys. Every notification passes here: no lists are made of what is only looked through. */
function countKeys(value: Json): number {
  let keys = 0;
  if (Array.isArray(value)) {
    for (const item of value) if (typeof item === 'object') keys += countKeys(item);
    return keys;
  }
  if (typeof value !== 'object' || value === null) return 0;
  // What JSON.parse makes has no keys that are inherited.
  for (const key in value) {
    keys++;
    const item = (value as JsonObject)[key];
    if (typeof item === 'object') keys += countKeys(item);
  }
  return keys;
}

/** Counts object keys and refuses text that a database or another JSON reader could not take. */
function checkTree(value: Json): number {
  if (typeof value === 'string') {
    checkString(value);
    return 0;
  }
  if (value === null || typeof value !== 'object' || isLosslessNumber(value)) return 0;
  let keys = 0;
  if (Array.isArray(value)) {
    for (const item of value) keys += checkTree(item);
    return keys;
  }
  for (const key of Object.keys(value)) {
    if (key === '__proto__') throw new JsonTextError('forbidden key');
    checkString(key);
    keys += 1 + checkTree(value[key] as Json);
  }
  return keys;
}

function checkString(text: string): void {
  if (text.includes('\0') || !text.isWellFormed()) throw new JsonTextError('forbidden character');
}
