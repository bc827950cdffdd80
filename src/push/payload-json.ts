import { isLosslessNumber, stringify } from 'lossless-json';

/** A JSON object as it came from a request: numbers are `number`, `bigint` or lossless-json's `LosslessNumber`. */
export type JsonObject = { readonly [key: string]: unknown };

/** Whether a value is a JSON object: not an array, not a number that is kept exactly. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !isLosslessNumber(value);
}

/**
 * JSON text of a value. `exact` says that it may hold numbers that JavaScript's own number type cannot (large ids), which
 * takes a slower writer; without it they would be written wrongly or not at all.
 */
export function jsonText(value: unknown, exact: boolean): string {
  return (exact ? stringify(value) : JSON.stringify(value)) ?? 'null';
}
