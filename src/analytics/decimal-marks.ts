import { isLosslessNumber } from 'lossless-json';
import type { Json } from '../protocol/json-text.js';

/**
 * Rows carry a time with a point in it, and a JSON parser that keeps such numbers exactly is many times slower than JavaScript's own. So,
 * before a piece of a list is parsed, the numbers that JavaScript would alter are put in quotes with a mark that no text in it begins
 * with: a character of the private use area (Unicode, 23.5).
 */
const MARK = '\ue000';

const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

/** Fields of a row stand this deep: list, object. */
const FIELD_DEPTH = 1;

/**
 * Marks the numbers that stand directly in the rows, given the text of some rows. Text in which the mark itself occurs is left as it
 * is, as are numbers deeper inside.
 */
export function markDecimals(rows: string): string {
  if (rows.includes(MARK) || /\\ue000/i.test(rows)) return rows;
  let marked = '';
  let copied = 0;
  let depth = 0;
  for (let i = 0; i < rows.length; i++) {
    const c = rows.charCodeAt(i);
    if (c === 0x22) i = behindString(rows, i);
    else if (c === 0x7b || c === 0x5b) depth++;
    else if (c === 0x7d || c === 0x5d) depth--;
    else if (depth === FIELD_DEPTH && (c === 0x2d || isDigit(c))) {
      const end = behindNumber(rows, i);
      const number = rows.slice(i, end);
      if ((number.length > 15 || /[.eE]/.test(number)) && NUMBER.test(number)) {
        marked += `${rows.slice(copied, i)}"${MARK}${number}"`;
        copied = end;
      }
      i = end - 1;
    }
  }
  return copied === 0 ? rows : marked + rows.slice(copied);
}

/** The text of a field that is a number, marked or not; undefined for anything else. */
export function numberText(value: Json | undefined): string | undefined {
  if (typeof value === 'string') return value.startsWith(MARK) ? value.slice(1) : undefined;
  if (typeof value === 'number' || typeof value === 'bigint' || isLosslessNumber(value)) return String(value);
  return undefined;
}

/** Whether a field is text. */
export function isText(value: Json | undefined): value is string {
  return typeof value === 'string' && !value.startsWith(MARK);
}

/** Index of the quote that closes the string opened at `open`, or of the end of the text. */
function behindString(text: string, open: number): number {
  let i = open + 1;
  for (; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c === 0x22) return i;
    if (c === 0x5c) i++;
  }
  return i;
}

function behindNumber(text: string, start: number): number {
  let end = start + 1;
  while (end < text.length && isPartOfNumber(text.charCodeAt(end))) end++;
  return end;
}

/** Digits, plus, minus, point, e, E. */
function isPartOfNumber(c: number): boolean {
  return isDigit(c) || c === 0x2b || c === 0x2d || c === 0x2e || c === 0x65 || c === 0x45;
}

function isDigit(c: number): boolean {
  return c >= 0x30 && c <= 0x39;
}
