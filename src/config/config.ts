import { existsSync, readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { parseSettings, type Settings } from './settings.js';

/**
 * The only place that reads the process's environment. A `.env` file in the working directory fills in what the environment
 * does not set.
 *
 * @throws SettingsError naming the wrong setting
 */
export function loadSettings(): Settings {
  const file = existsSync('.env') ? parseEnv(readFileSync('.env', 'utf8')) : {};
  return parseSettings({ ...file, ...process.env }, process.stdout.isTTY === true);
}

/** Variables of this process's environment that are no settings of the service, for those who start other programs. */
export function environmentVariable(name: string): string | undefined {
  return process.env[name];
}
