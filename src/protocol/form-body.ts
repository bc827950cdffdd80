import { AppError } from '../common/errors.js';

/** Form or query parameters by name; a null prototype, since names come from outside. */
export type FormFields = Record<string, string>;

/**
 * Reads `application/x-www-form-urlencoded` text (WHATWG URL, chapter 5). Brackets in names mean nothing here, and values may be
 * megabytes long. Unlike the browsers' parser it refuses what it would have to guess at.
 *
 * @throws AppError for broken percent-encoding, invalid UTF-8, NUL characters, or a name given twice
 */
export function parseForm(text: string): FormFields {
  const fields: FormFields = Object.create(null);
  for (const pair of text.split('&')) {
    if (pair === '') continue;
    const equals = pair.indexOf('=');
    const name = decode(equals === -1 ? pair : pair.slice(0, equals));
    if (name in fields) throw new AppError('params.duplicate', { name });
    fields[name] = equals === -1 ? '' : decode(pair.slice(equals + 1));
  }
  return fields;
}

function decode(text: string): string {
  const spaced = text.replaceAll('+', ' ');
  let value = spaced;
  if (spaced.includes('%')) {
    try {
      value = decodeURIComponent(spaced);
    } catch {
      throw new AppError('params.malformed-form');
    }
  }
  if (value.includes('\0')) throw new AppError('params.malformed-form');
  return value;
}
