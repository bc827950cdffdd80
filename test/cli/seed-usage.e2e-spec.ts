import { afterAll, beforeAll, expect, it } from 'vitest';
import { TestService } from '../support/service.js';
import { pushBouncer } from './command.js';

let service: TestService;
beforeAll(async () => {
  service = await TestService.start();
});
afterAll(() => service.stop());

const run = (command: string) =>
  pushBouncer(command, {
    DATABASE_URL: service.databaseUrl,
    SESSION_SECRET: 'a secret for tests only that is long enough to be taken for one',
  });
const servers = () => service.rows('SELECT count(*)::int AS servers FROM remote_servers');

it('seed-usage fills an empty database, and no other unless it is told to', async () => {
  const sizes = '--servers 5 --realms 6 --devices 20 --days 1';
  expect(await run(`seed-usage ${sizes}`)).toMatchObject({
    code: 0,
    stdout: 'Made 5 servers, 6 organizations, 20 devices and counts of 1 days.\n',
  });
  expect(await servers()).toEqual([{ servers: 5 }]);
  expect(await run(`seed-usage ${sizes}`)).toEqual({
    code: 1,
    stdout: '',
    stderr: 'push-bouncer: the database has servers already; made-up ones would be among them for ever (--force)\n',
  });
  expect((await run(`seed-usage ${sizes} --force`)).code).toBe(0);
  expect(await servers()).toEqual([{ servers: 10 }]);
  // Four times a process of its own, on a machine that may be busy.
}, 300_000);

it('seed-usage is not among what help lists', async () => {
  const { code, stdout } = await run('--help');
  expect([code, stdout.includes('migrate'), stdout.includes('seed-usage')]).toEqual([0, true, false]);
});
