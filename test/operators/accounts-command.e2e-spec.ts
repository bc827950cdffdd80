import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type CommandResult, pushBouncer } from '../cli/command.js';
import { BrowserClient } from '../support/browser-client.js';
import { TestService } from '../support/service.js';
import { codeOf, enrolled, PASSWORD, secretIn } from './operator-accounts.js';

const OPERATOR_URL = 'https://operators.push.test';
let service: TestService;
// Every command is a process that starts from nothing, and the machine may be busy.
vi.setConfig({ testTimeout: 300_000 });

beforeAll(async () => {
  service = await TestService.start({ env: { OPERATOR_URL } });
});
afterAll(() => service.stop());

/** A command on the database of the running service. */
const run = (command: string) =>
  pushBouncer(command, {
    DATABASE_URL: service.databaseUrl,
    SESSION_SECRET: service.settings.sessions.secrets?.join() ?? '',
    OPERATOR_URL,
  });
const aBrowser = () => new BrowserClient(service.origin, { host: 'operators.push.test' });
const failure = (line: string, code = 1) => ({ code, stdout: '', stderr: `push-bouncer: ${line}\n` });

/** The path of the link that a command has printed, and nothing else. */
function linkIn({ code, stdout, stderr }: CommandResult): string {
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).toMatch(/^https:\/\/operators\.push\.test\/login\/link\/[\w-]{43}\/\n$/);
  return new URL(stdout.trim()).pathname;
}

describe('operator add', () => {
  it('prints one line: a link by which the operator gets into the running service, with the acting role', async () => {
    const path = linkIn(await run('operator add Alice@Example.org'));
    const browser = aBrowser();
    const secret = secretIn(await browser.open(path));
    const done = await browser.submit(path, { password: PASSWORD, code: codeOf(secret, service) });
    expect(done.status).toBe(200);
    const page = (await browser.open('/operator/account/')).text;
    expect(page).toContain('alice@example.org');
    expect(page).toContain('may look and act');
  });

  it('makes a new link for one who is there, and the link of before dies', async () => {
    const old = linkIn(await run('operator add bob@example.org --role view'));
    const path = linkIn(await run('operator add bob@example.org'));
    expect((await aBrowser().open(old)).status).toBe(404);
    expect((await aBrowser().open(path)).status).toBe(200);
    expect(await service.rows("SELECT role FROM operators WHERE email = 'bob@example.org'")).toEqual([
      { role: 'view' },
    ]);
  });

  it('changes the role that is named, at once', async () => {
    const { browser } = await enrolled(service, 'carol@example.org', 'view', aBrowser());
    expect((await browser.open('/operator/account/')).text).toContain('may look, not act');
    linkIn(await run('operator add carol@example.org --role act'));
    expect((await browser.open('/operator/account/')).text).toContain('may look and act');
  });

  it('refuses what is no e-mail address, and a role that there is not', async () => {
    expect(await run('operator add nobody')).toMatchObject({ code: 2, stdout: '' });
    expect(await run('operator add dave@example.org --role admin')).toMatchObject({ code: 2, stdout: '' });
    expect(await service.rows("SELECT 1 FROM operators WHERE email LIKE '%dave%'")).toEqual([]);
  });
});

describe('operator disable and enable', () => {
  it('end the sessions of an operator within a second, and let the operator in again', async () => {
    const email = 'erin@example.org';
    const { browser } = await enrolled(service, email, 'act', aBrowser());
    expect((await browser.open('/operator/account/')).status).toBe(200);
    expect((await run(`operator disable ${email}`)).stdout).toBe(`${email} is now disabled.\n`);
    expect((await browser.open('/operator/account/')).status).toBe(302);
    expect((await run(`operator disable ${email}`)).stdout).toBe(`${email} was already disabled.\n`);
    expect(await run(`operator add ${email}`)).toEqual(failure(`${email} is disabled; enable the operator first`));
    expect((await run(`operator enable ${email}`)).stdout).toBe(`${email} is now enabled.\n`);
    const again = aBrowser();
    await again.open('/login/');
    expect((await again.submit('/login/', { email, password: PASSWORD })).location).toBe('/login/code/');
  });

  it('know nobody who was not added', async () => {
    const unknown = failure('no operator has the e-mail address nobody@example.org');
    expect(await run('operator disable nobody@example.org')).toEqual(unknown);
    expect(await run('operator enable nobody@example.org')).toEqual(unknown);
  });
});

it('operator list shows who there is, and nothing to log in with', async () => {
  await enrolled(service, 'frank@example.org', 'view', aBrowser());
  linkIn(await run('operator add grace@example.org'));
  const { stdout, code } = await run('operator list');
  expect(code).toBe(0);
  expect(stdout).toMatch(/^frank@example\.org {2}may view {2}active {2}with second factor {2}last log-in 20\d\d-/m);
  expect(stdout).toMatch(/^grace@example\.org {2}may act {2}invited {2}no second factor {2}last log-in never$/m);
  expect(stdout).not.toMatch(/argon2|link/);
});
