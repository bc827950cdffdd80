import { randomBytes } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Settings } from './settings.js';

/** Injection token of the secrets that sign what the service hands out and takes back; the first signs, all are accepted. */
export const SESSION_SECRETS = Symbol('SESSION_SECRETS');

/** The secrets of the settings, or one that is made at the first start and kept in the data directory, readable by its owner only. */
export function sessionSecrets(settings: Settings): readonly string[] {
  if (settings.sessions.secrets) return settings.sessions.secrets;
  const directory = resolve(settings.database.dataDir);
  const file = join(directory, 'session-secret');
  return [read(file) ?? make(directory, file)];
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Written aside and linked into place: of several first starts at once one wins, and nobody reads half a secret. */
function make(directory: string, file: string): string {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const aside = `${file}.${randomBytes(6).toString('hex')}`;
  writeFileSync(aside, `${randomBytes(32).toString('hex')}\n`, { mode: 0o600 });
  try {
    linkSync(aside, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(aside, { force: true });
  }
  return read(file) as string;
}
