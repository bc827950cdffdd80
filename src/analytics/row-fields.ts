import { AppError } from '../common/errors.js';
import type { Int64 } from '../database/array-literal.js';
import type { Json } from '../protocol/json-text.js';
import { isJsonObject } from '../protocol/wire-types.js';
import { isText, numberText } from './decimal-marks.js';
import { isoOfUnixSeconds } from './unix-time.js';

const MIN = -(2n ** 63n);
const MAX = 2n ** 63n - 1n;

/**
 * The fields of one row, checked one by one as they are read. Says what is wrong in the words that `wire-issues.ts` has for schemas; by
 * hand, since there are tens of thousands of rows and a schema leaves several objects behind for each.
 */
export class RowFields {
  private readonly row: { readonly [key: string]: Json };

  /** @throws AppError where the row is no object */
  constructor(
    element: Json,
    private readonly list: string,
    private readonly index: number,
  ) {
    if (!isJsonObject(element)) throw new AppError('params.not-of-type', { name: `${list}[${index}]`, type: 'a dict' });
    this.row = element;
  }

  integer(key: string): Int64 {
    const value = this.present(key);
    if (typeof value === 'number') return value;
    const text = numberText(value);
    if (text === undefined || !/^-?\d+$/.test(text)) throw this.wrong(key, 'an integer');
    const big = text.length > 20 ? MAX + 1n : BigInt(text);
    if (big < MIN || big > MAX) throw new AppError('params.out-of-range', { name: this.path(key) });
    return Number.isSafeInteger(Number(big)) ? Number(big) : big;
  }

  /** A time in Unix seconds, as ISO 8601 text. */
  time(key: string): string {
    const text = numberText(this.present(key));
    if (text === undefined) throw this.wrong(key, 'a float');
    const iso = isoOfUnixSeconds(text);
    if (iso === undefined) throw new AppError('params.out-of-range', { name: this.path(key) });
    return iso;
  }

  text(key: string): string {
    const value = this.present(key);
    if (!isText(value)) throw this.wrong(key, 'a string');
    return value;
  }

  textOrNull(key: string, limit: number): string | null {
    const value = this.present(key);
    if (value === null) return null;
    if (!isText(value)) throw this.wrong(key, 'a string');
    if (value.length > limit) throw new AppError('params.too-long', { name: this.path(key), limit });
    return value;
  }

  flag(key: string): boolean {
    const value = this.present(key);
    if (typeof value !== 'boolean') throw this.wrong(key, 'a boolean');
    return value;
  }

  /** Object, text or null. The protocol names the last of these that it tries. */
  objectOrText(key: string): Json {
    const value = this.present(key);
    if (value === null || isText(value) || isJsonObject(value)) return value;
    throw new AppError('params.not-of-type', { name: `${this.path(key)}["str"]`, type: 'a string' });
  }

  private present(key: string): Json {
    const value = Object.hasOwn(this.row, key) ? this.row[key] : undefined;
    if (value === undefined) throw new AppError('params.field-missing', { name: this.path(key) });
    return value;
  }

  private wrong(key: string, type: string): AppError {
    return new AppError('params.not-of-type', { name: this.path(key), type });
  }

  private path(key: string): string {
    return `${this.list}[${this.index}]["${key}"]`;
  }
}
