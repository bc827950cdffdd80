import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { sessionSecrets } from './session-secrets.js';
import { parseSettings } from './settings.js';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'push-bouncer-secrets-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

it('are those of the settings, in their order, and nothing is written', () => {
  const secrets = ['a'.repeat(32), 'b'.repeat(32)];
  expect(sessionSecrets(parseSettings({ SESSION_SECRET: secrets.join(','), DATA_DIR: directory }))).toEqual(secrets);
  expect(readdirSync(directory)).toEqual([]);
});

it('are made once, kept for the owner alone, and the same ever after', () => {
  const settings = parseSettings({ DATA_DIR: join(directory, 'new') });
  const [secret, ...others] = sessionSecrets(settings);
  expect(others).toEqual([]);
  expect(secret).toMatch(/^[0-9a-f]{64}$/);
  expect(sessionSecrets(settings)).toEqual([secret]);
  expect(readdirSync(join(directory, 'new'))).toEqual(['session-secret']);
  const file = join(directory, 'new', 'session-secret');
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readFileSync(file, 'utf8')).toBe(`${secret}\n`);
});
