import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listenOn, until } from '../support/scripted-http2.js';
import { SESSION_SECRET, Surroundings } from './surroundings.js';

let around: Surroundings;
beforeAll(async () => {
  around = await Surroundings.create();
  await writeFile(join(around.directory, 'not-a-key'), 'hunter2-in-a-file');
});
afterAll(() => around.remove());

/** EX_CONFIG of sysexits.h: supervisors can tell a wrong setting from a crash and need not try again. */
const EX_CONFIG = 78;

/** Wrong settings of each class, and what the message must name. None may show a value: values of settings are often secrets. */
const WRONG: readonly (readonly [string, Record<string, string>, readonly RegExp[]])[] = [
  [
    'several at once, of every class',
    {
      PORT: 'hunter2',
      PUBLIC_URL: 'https://user:hunter2@push.example.com',
      DATABASE_URL: 'mysql://root:hunter2@db',
      SESSION_SECRET: 'hunter2',
      BILLING_EMAIL: 'hunter2',
      DNS_SERVERS: 'hunter2',
      LOG_LEVEL: 'hunter2',
      APNS_SANDBOX: 'hunter2',
    },
    [
      ...[/PORT must be a whole number/, /PUBLIC_URL must be an origin/, /DATABASE_URL must be a URL/],
      ...[/SESSION_SECRET must be secrets of at least 32/, /BILLING_EMAIL must be an e-mail address/],
      ...[/DNS_SERVERS must be a list of ip/, /LOG_LEVEL must be fatal, error/, /APNS_SANDBOX must be true or false/],
    ],
  ],
  ['one that needs another', { DATABASE_URL: 'postgresql://u:hunter2@db/x' }, [/SESSION_SECRET must be set/]],
  ['half of what belongs together', { APNS_KEY_ID: '' }, [/APNS_KEY_FILE, APNS_KEY_ID and APNS_TEAM_ID/]],
];

/** Files that settings name, and that are only read once the service starts. */
const WRONG_FILES: readonly (readonly [string, (directory: string) => Record<string, string>, RegExp])[] = [
  ['a key file that is missing', (d) => ({ APNS_KEY_FILE: join(d, 'nowhere') }), /APNS_KEY_FILE/],
  ['a key file that holds no key', (d) => ({ APNS_KEY_FILE: join(d, 'not-a-key') }), /APNS_KEY_FILE/],
  ['a service account that is none', (d) => ({ FCM_CREDENTIALS_FILE: join(d, 'not-a-key') }), /FCM_CREDENTIALS_FILE/],
];

describe('a wrong setting', () => {
  it.each(WRONG)('(%s) ends the start with status 78 and a message that names it', async (_what, env, messages) => {
    const child = around.spawn(env);
    expect(await child.ended).toEqual({ code: EX_CONFIG, signal: null });
    expect(child.stderr).toMatch(/^Cannot start: /);
    for (const message of messages) expect(child.stderr).toMatch(message);
    expect(child.stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(child.stderr + child.stdout).not.toContain('hunter2');
  });

  it.each(WRONG_FILES)('(%s) ends the start in the same way', async (_what, env, message) => {
    const child = around.spawn(env(around.directory));
    expect(await child.ended).toEqual({ code: EX_CONFIG, signal: null });
    expect(child.stderr).toMatch(/^Cannot start: /);
    expect(child.stderr).toMatch(message);
    expect(child.stderr + child.stdout).not.toContain('hunter2');
  });
});

describe('a start that cannot succeed for other reasons', () => {
  it('ends with status 1 where the database cannot be reached, without showing its password', async () => {
    const child = around.spawn({ DATABASE_URL: 'postgresql://u:hunter2@127.0.0.1:1/x', SESSION_SECRET });
    expect(await child.ended).toEqual({ code: 1, signal: null });
    expect(child.stderr).toContain('ECONNREFUSED');
    expect(child.stderr + child.stdout).not.toContain('hunter2');
  });

  it('ends with status 1 where the port is taken, and leaves no database running', async () => {
    const taken = createServer();
    const port = await listenOn(taken);
    try {
      const child = around.spawn({ PORT: String(port) });
      expect(await child.ended).toEqual({ code: 1, signal: null });
      expect(child.stderr).toContain('EADDRINUSE');
      await until(() => !existsSync(join(around.directory, 'data/postgres/cluster/data/postmaster.pid')));
    } finally {
      taken.close();
    }
  });
});
