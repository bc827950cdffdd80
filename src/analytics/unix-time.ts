import { isLosslessNumber } from 'lossless-json';
import { z } from 'zod';
import type { Json } from '../protocol/json-text.js';
import { fail } from '../protocol/wire-types.js';

/** Microseconds since the epoch of the first and the last instant that have a date in years 1 to 9999. */
const FIRST = -62_135_596_800_000_000n;
const LAST = 253_402_300_799_999_999n;

/** A whole number that is certainly a date. */
const WHOLE = /^\d{1,10}(?:\.0)?$/;

const NUMBER = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d{1,4}))?$/;

/**
 * Unix seconds, with a fraction or without, as ISO 8601 text in UTC. Exact to the microsecond, which a `Date` is not: rows are told apart
 * by their times, so equal texts must give equal times and near ones must not. Beyond the microsecond, ties go to the even one.
 */
export const unixTime = () =>
  z
    .custom<Json>(() => true)
    .transform((value, ctx): string => {
      if (typeof value !== 'number' && typeof value !== 'bigint' && !isLosslessNumber(value)) {
        return fail(ctx, { wire: 'type', type: 'a float' });
      }
      return isoOfUnixSeconds(String(value)) ?? fail(ctx, { wire: 'range' });
    })
    .meta({ type: 'number', description: 'Unix seconds' });

/** ISO 8601 text of Unix seconds given as the text of a JSON number; undefined where that is no date. */
export function isoOfUnixSeconds(text: string): string | undefined {
  // What nearly all of them look like, and BigInt is slow.
  if (WHOLE.test(text)) return `${new Date(Number(text) * 1_000).toISOString().slice(0, -1)}000Z`;
  const micros = microsecondsOf(text);
  if (micros === undefined || micros < FIRST || micros > LAST) return undefined;
  const within = ((micros % 1_000n) + 1_000n) % 1_000n;
  const millis = Number((micros - within) / 1_000n);
  return `${new Date(millis).toISOString().slice(0, -1)}${String(within).padStart(3, '0')}Z`;
}

function microsecondsOf(text: string): bigint | undefined {
  const [, sign, whole = '', fraction = '', exponent = '0'] = NUMBER.exec(text) ?? [];
  if (sign === undefined) return undefined;
  const digits = (whole + fraction).replace(/^0+/, '');
  if (digits === '') return 0n;
  /** How many decimal places of `digits` stand behind the microsecond. */
  const beyond = fraction.length - Number(exponent) - 6;
  if (digits.length - beyond > 20) return undefined;
  if (beyond > digits.length) return 0n;
  const magnitude = beyond <= 0 ? BigInt(digits) * 10n ** BigInt(-beyond) : roundedOff(digits, beyond);
  return sign === '-' ? -magnitude : magnitude;
}

/** The number without its last `places` digits, rounded half to even. */
function roundedOff(digits: string, places: number): bigint {
  const kept = BigInt(digits.slice(0, -places) || '0');
  const rest = digits.slice(-places).padStart(places, '0');
  const half = `5${'0'.repeat(places - 1)}`;
  if (rest < half || (rest === half && kept % 2n === 0n)) return kept;
  return kept + 1n;
}
