import { isUtf8 } from 'node:buffer';
import { AppError } from '../common/errors.js';
import type { FormFields } from '../protocol/form-body.js';
import type { Turns } from './turns.js';

const AMPERSAND = 0x26;
const EQUALS = 0x3d;
const PLUS = 0x2b;
const PERCENT = 0x25;
const SPACE = 0x20;

/** Bytes between two looks at the clock. */
const STRETCH = 256 * 1024;

/**
 * Reads a form of megabytes as `parseForm` reads a small one, with the same refusals, but in turns and without copying: the bytes are
 * decoded where they lie, so the buffer is spent afterwards.
 *
 * @throws AppError for broken percent-encoding, invalid UTF-8, NUL characters, or a name given twice
 */
export async function parseLargeForm(body: Buffer, turns: Turns): Promise<FormFields> {
  const fields: FormFields = Object.create(null);
  for (let start = 0; start < body.length; ) {
    const ampersand = body.indexOf(AMPERSAND, start);
    const end = ampersand === -1 ? body.length : ampersand;
    const pair = body.subarray(start, end);
    start = end + 1;
    if (pair.length === 0) continue;
    const equals = pair.indexOf(EQUALS);
    const name = await decode(equals === -1 ? pair : pair.subarray(0, equals), turns);
    if (name in fields) throw new AppError('params.duplicate', { name });
    fields[name] = equals === -1 ? '' : await decode(pair.subarray(equals + 1), turns);
  }
  return fields;
}

async function decode(bytes: Buffer, turns: Turns): Promise<string> {
  let to = 0;
  for (let from = 0; from < bytes.length; ) {
    const stop = Math.min(bytes.length, from + STRETCH);
    while (from < stop) {
      let byte = bytes[from++] as number;
      if (byte === PLUS) byte = SPACE;
      else if (byte === PERCENT) {
        byte = (nibble(bytes[from]) << 4) | nibble(bytes[from + 1]);
        from += 2;
        if (byte <= 0) throw new AppError('params.malformed-form');
      } else if (byte === 0) throw new AppError('params.malformed-form');
      bytes[to++] = byte;
    }
    await turns.pause();
  }
  const decoded = bytes.subarray(0, to);
  if (!isUtf8(decoded)) throw new AppError('params.malformed-form');
  return decoded.toString('utf8');
}

/** Value of a hexadecimal digit; -1 for anything else, which makes the whole byte negative. */
function nibble(byte: number | undefined): number {
  if (byte === undefined) return -1;
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}
