import { createPrivateKey, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { SettingsError } from '../config/settings.js';

/**
 * The text of a credential file.
 *
 * @throws SettingsError naming the setting, never anything from the file
 */
export function readCredentialFile(setting: string, path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
    throw new SettingsError(`${setting} names a file that cannot be read (${code})`);
  }
}

/**
 * Reads a private key, checking its kind.
 *
 * @throws SettingsError naming the setting
 */
export function parsePrivateKey(setting: string, pem: string, kind: 'ec' | 'rsa'): KeyObject {
  let key: KeyObject;
  try {
    key = createPrivateKey(pem);
  } catch {
    // The cause is left out: it may quote what it could not parse.
    throw new SettingsError(`${setting} does not hold a readable private key`);
  }
  if (key.asymmetricKeyType !== kind)
    throw new SettingsError(`${setting} holds a key of the wrong kind, ${kind} is needed`);
  return key;
}
