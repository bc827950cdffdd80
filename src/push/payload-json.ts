import { stringify } from 'lossless-json';

/** A JSON object as it came from a request: numbers are `number`, `bigint` or lossless-json's `LosslessNumber`. */
export type JsonObject = { readonly [key: string]: unknown };

export { isJsonObject } from '../protocol/wire-types.js';

/**
 * JSON text of a value. `exact` says that it may hold numbers that JavaScript's own number type cannot (large ids), which
 * takes a slower writer; without it they would be written wrongly or not at all.
 */
export function jsonText(value: unknown, exact: boolean): string {
  return (exact ? stringify(value) : JSON.stringify(value)) ?? 'null';
}
