import { isLosslessNumber, stringify } from 'lossless-json';
import { type Json, JsonTextError, parseJsonText } from '../protocol/json-text.js';
import { isJsonObject } from '../protocol/wire-types.js';

/** PostgreSQL's JSON takes longer numbers, but nobody means them. */
const MAX_DIGITS = 40;

/**
 * The extra data of a reported event as JSON text of an object: servers send an object, JSON text of one (before 7.0), or null for an
 * empty one. Undefined where that cannot be read.
 */
export function extraDataText(sent: Json): string | undefined {
  const value = typeof sent === 'string' ? parsed(sent) : sent;
  if (value === null) return '{}';
  if (!isJsonObject(value)) return undefined;
  const numbers = oddNumbers(value);
  if (numbers === 'unusable') return undefined;
  return numbers === 'exact' ? stringify(value) : JSON.stringify(value);
}

function parsed(text: string): Json | undefined {
  try {
    return parseJsonText(text);
  } catch (error) {
    if (error instanceof JsonTextError) return undefined;
    throw error;
  }
}

/** Whether there are numbers that need a writer for exact ones, or that no database takes. */
function oddNumbers(value: Json): 'none' | 'exact' | 'unusable' {
  if (typeof value === 'bigint' || isLosslessNumber(value)) {
    const text = String(value);
    return text.length <= MAX_DIGITS && !/[eE][+-]?\d{4}/.test(text) ? 'exact' : 'unusable';
  }
  if (typeof value !== 'object' || value === null) return 'none';
  const found = Object.values(value).map(oddNumbers);
  if (found.includes('unusable')) return 'unusable';
  return found.includes('exact') ? 'exact' : 'none';
}
