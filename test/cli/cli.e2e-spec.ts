import { randomUUID } from 'node:crypto';
import { chmodSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keyDigest } from '../../src/common/key-digest.js';
import { createEmptyDatabase } from '../support/database.js';
import { TestService } from '../support/service.js';
import { type CommandResult, pushBouncer } from './command.js';

const SECRET = 'a secret for tests only that is long enough to be taken for one';

let service: TestService;
beforeAll(async () => {
  service = await TestService.start();
});
afterAll(() => service.stop());

/** A command on the database of the running service. */
const run = (command: string) => pushBouncer(command, { DATABASE_URL: service.databaseUrl, SESSION_SECRET: SECRET });
const use = (auth: { uuid: string; key: string }) =>
  service.call('push/unregister/all', { auth, form: { user_id: 1 } });
const failure = (line: string, code = 1) => ({ code, stdout: '', stderr: `push-bouncer: ${line}\n` });

function credentialsIn({ stdout }: CommandResult): { uuid: string; key: string } {
  const [, uuid = '', key = ''] = /^zulip_org_id = (\S{36})\nzulip_org_key = (\S{64})\n$/.exec(stdout) ?? [];
  return { uuid, key };
}

describe('server add', () => {
  it('registers a server with credentials made for it, which the running service accepts', async () => {
    const result = await run('server add --hostname old.example.org --email admin@example.org');
    expect([result.code, result.stderr]).toEqual([0, '']);
    const auth = credentialsIn(result);
    expect((await use(auth)).status).toBe(200);
    const rows = await service.rows(
      `SELECT hostname, contact_email, key_digest, event_type FROM remote_servers
       JOIN remote_server_audit_log ON server_id = remote_servers.id WHERE uuid = $1`,
      [auth.uuid],
    );
    expect(rows).toEqual([
      {
        hostname: 'old.example.org',
        contact_email: 'admin@example.org',
        key_digest: keyDigest(auth.key),
        event_type: 10215,
      },
    ]);
  });

  it('takes the credentials that it is given, once', async () => {
    const auth = { uuid: randomUUID(), key: 'k'.repeat(64) };
    const command = (hostname: string) =>
      `server add --hostname ${hostname} --email a@example.org --uuid ${auth.uuid} --key ${auth.key}`;
    expect(credentialsIn(await run(command('given.example.org')))).toEqual(auth);
    expect((await use(auth)).status).toBe(200);
    expect(await run(command('elsewhere.example.org'))).toEqual(
      failure(`a server with the UUID ${auth.uuid} is registered already`),
    );
    expect(await run('server add --hostname given.example.org --email a@example.org')).toEqual(
      failure('A server with hostname given.example.org already exists'),
    );
  });

  it('refuses what no server could be registered with', async () => {
    const refused = [
      ['--hostname bad --email a@example.org', 'bad is not a valid hostname'],
      [
        '--hostname x.example.org --email nobody',
        'Invalid server administrator email address: Enter a valid email address.',
      ],
      ['--hostname x.example.org --email a@example.org --uuid 1', 'Invalid UUID'],
      ['--hostname x.example.org --email a@example.org --key short', 'the key must have 64 characters'],
    ] as const;
    const results = await Promise.all(refused.map(([options]) => run(`server add ${options}`)));
    expect(results).toEqual(refused.map(([, line]) => failure(line)));
    expect(await service.rows("SELECT 1 FROM remote_servers WHERE hostname = 'x.example.org'")).toEqual([]);
  });
});

it('server show tells what is known of a server, by UUID and by host name, and never its key', async () => {
  const auth = await service.addServer({ hostname: 'shown.example.org' });
  await use(auth);
  const byUuid = await run(`server show ${auth.uuid.toUpperCase()}`);
  expect(byUuid).toEqual(await run('server show shown.example.org'));
  expect(byUuid.code).toBe(0);
  for (const part of [auth.uuid, 'shown.example.org', 'admin@zulip.test', 'active'])
    expect(byUuid.stdout).toContain(part);
  expect(byUuid.stdout).toMatch(/^last request +\d{4}-\d\d-\d\dT/m);
  expect(byUuid.stdout).not.toContain(keyDigest(auth.key).toString('hex'));
  expect(await run('server show nobody.example.org')).toEqual(failure('no server nobody.example.org is registered'));
});

it('server deactivate and reactivate change what the running service accepts, within a second', async () => {
  const auth = await service.addServer({ hostname: 'changing.example.org' });
  expect((await use(auth)).status).toBe(200);
  const name = `changing.example.org (${auth.uuid})`;
  expect((await run('server deactivate changing.example.org')).stdout).toBe(`${name} is now deactivated.\n`);
  expect((await use(auth)).status).toBe(401);
  expect((await run(`server deactivate ${auth.uuid}`)).stdout).toBe(`${name} was already deactivated.\n`);
  expect((await run('server reactivate changing.example.org')).stdout).toBe(`${name} is now active.\n`);
  expect((await use(auth)).status).toBe(200);
  const events = await service.rows('SELECT event_type FROM remote_server_audit_log WHERE server_id = $1 ORDER BY id', [
    auth.id,
  ]);
  expect(events.map(({ event_type: type }) => type)).toEqual([10201, 10202]);
});

it('asks for a UUID where several servers have the host name', async () => {
  const servers = [
    await service.addServer({ hostname: 'two.example.org' }),
    await service.addServer({ hostname: 'two.example.org' }),
  ];
  const result = await run('server deactivate two.example.org');
  expect(result.code).toBe(1);
  for (const { uuid } of servers) expect(result.stderr).toContain(uuid);
  expect((await run('server show two.example.org')).stdout.match(/^uuid/gm)).toHaveLength(2);
});

it('migrate brings an empty database up to date', async () => {
  const database = await createEmptyDatabase();
  const env = { DATABASE_URL: database.url, SESSION_SECRET: SECRET };
  expect(await pushBouncer('migrate', env)).toEqual({ code: 0, stdout: 'The database is up to date.\n', stderr: '' });
  expect((await pushBouncer('server show x.example.org', env)).stderr).toContain('no server x.example.org');
  await database.drop();
});

it('works on the embedded database, and leaves no server behind', async () => {
  const directory = mkdtempSync(join(tmpdir(), `push-bouncer-test-${process.pid}-cli-`));
  // Under root, PostgreSQL runs as another user, who must be able to pass through to its data.
  chmodSync(directory, 0o711);
  const env = { DATA_DIR: join(directory, 'data') };
  const added = await pushBouncer('server add --hostname own.example.org --email a@example.org', env);
  expect(added.stderr).toBe('');
  const { uuid } = credentialsIn(added);
  expect((await pushBouncer('server show own.example.org', env)).stdout).toContain(uuid);
  expect(readdirSync(join(directory, 'data', 'postgres', 'runs'))).toEqual([]);
  rmSync(directory, { recursive: true, force: true });
});

it('e2ee-key generate prints a map that a keys file can be', async () => {
  const { code, stdout } = await pushBouncer('e2ee-key generate');
  expect(code).toBe(0);
  const [[publicKey = '', privateKey = ''] = [], ...others] = Object.entries(
    JSON.parse(stdout) as Record<string, string>,
  );
  expect(others).toEqual([]);
  expect([publicKey, privateKey].map((key) => Buffer.from(key, 'base64').length)).toEqual([32, 32]);
});

describe('zulip-server', () => {
  it('plays a server, prints what is sent and answered, and no key of a registration that it was given', async () => {
    const auth = await service.addServer();
    const { code, stdout } = await pushBouncer(
      `zulip-server --url ${service.origin} --uuid ${auth.uuid} --key ${auth.key} --token phone-1 register-device notify test`,
    );
    expect(code).toBe(0);
    expect(stdout.match(/^> .*$/gm)).toEqual([
      '> POST /api/v1/remotes/push/register',
      '> POST /api/v1/remotes/push/notify',
      '> POST /api/v1/remotes/push/test_notification',
    ]);
    expect(stdout).toContain('"total_android_devices":1');
    expect(stdout).not.toContain(auth.key);
    expect(service.fcm.receivedFor('phone-1')).toHaveLength(2);
  });

  it('makes up a server to register, and tells once how to go on as it', async () => {
    service.dns.zone('new.example.org', { mx: ['mail.example.org'] });
    const options = `--url ${service.origin} --hostname new.example.org --email a@new.example.org`;
    const first = await pushBouncer(`zulip-server ${options} register`);
    expect([first.code, first.stderr]).toEqual([0, '']);
    // From 8.0 on the metadata follows, with the realm's proof of ownership, which nobody else is to see.
    expect(first.stdout).toMatch(/uuid_owner_secret%22%3A%22…%22/);
    const [again = '', key = ''] = /--uuid \S{36} --key (\S{64})/.exec(first.stdout) ?? [];
    expect(first.stdout.split(key)).toHaveLength(2);
    expect((await pushBouncer(`zulip-server ${options} ${again} register`)).stdout).toContain('"created":false');
  });

  it('says in one line what the service refused', async () => {
    const result = await pushBouncer(`zulip-server --url ${service.origin} unregister-all`);
    expect(result.code).toBe(1);
    expect(result.stderr).toMatch(/^push-bouncer: Zulip server auth failure: .* is not registered .*\n$/);
  });
});

describe('the command line', () => {
  it('ends with 0 when it explained itself, 2 for a wrong command line and 78 for a wrong setting', async () => {
    const [help, usage, setting] = await Promise.all([
      pushBouncer('--help'),
      pushBouncer('nonsense'),
      pushBouncer('migrate', { PORT: 'x' }),
    ]);
    expect([help?.code, help?.stderr]).toEqual([0, '']);
    expect(usage).toEqual({ code: 2, stdout: '', stderr: "error: unknown command 'nonsense'\n" });
    expect(setting).toEqual(failure('PORT must be a whole number from 0 to 65535', 78));
  });

  it('says in one line that the database cannot be reached', async () => {
    const env = { DATABASE_URL: 'postgresql://a:b@127.0.0.1:1/c', SESSION_SECRET: SECRET };
    expect(await pushBouncer('migrate', env)).toEqual(failure('connect ECONNREFUSED 127.0.0.1:1'));
  });
});
