import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Programs that some tests need and not every machine has. */
const PROGRAMS = {
  redis: ['redis-server', 'valkey-server'],
  chromium: ['chromium', 'chromium-browser', 'google-chrome'],
} as const;

/** The path of the first of these programs that is on PATH. */
export function programOf(what: keyof typeof PROGRAMS): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return PROGRAMS[what].flatMap((name) => folders.map((folder) => join(folder, name))).find(isExecutable);
}

/**
 * Whether what a test needs is missing, for `it.skipIf`. With `CI=true` nothing may be skipped.
 *
 * @param given what else would do: a test that can work on a server somebody named passes its URL
 * @throws Error with `CI=true` where it is missing
 */
export function lacks(what: keyof typeof PROGRAMS, given?: string): boolean {
  if (given || programOf(what)) return false;
  if (process.env['CI'] === 'true') throw new Error(`CI=true, and ${PROGRAMS[what].join(' or ')} is not installed`);
  return true;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
