import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../../src/sandbox/demo/free-port.js';
import { callApi } from '../support/api-client.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { onServer } from '../support/server-connection.js';
import { registerPhones, SESSION_SECRET, Surroundings } from './surroundings.js';

let around: Surroundings;
let database: TestDatabase;
beforeAll(async () => {
  around = await Surroundings.create();
  database = await createTestDatabase();
});
afterEach(() => around.endChildren());
afterAll(async () => {
  await around.remove();
  await database.drop();
});

interface Line {
  readonly level: string;
  readonly context?: string;
  readonly message: string;
  readonly params?: Readonly<Record<string, unknown>>;
}

/** What a service wrote while it served a good request, a refused one and a broken one, from its start to its end. */
async function logOf(env: Record<string, string>) {
  const service = await around.startOn(database.url, env);
  const tail = Math.random().toString(16).slice(2, 6);
  const auth = await registerPhones(service, database.url, { apple: `c0ffee${tail}`, android: `android-${tail}` });
  const refused = await service.call('push/notify?secret=in-a-query', { auth, json: { user_id: 'x' } });
  expect(refused.status).toBe(400);
  await service.call('push/nowhere?secret=in-a-query', { auth, json: {} });
  await service.stop();
  const { rows } = await onServer(database.url, (client) =>
    client.query<{ id: string }>('SELECT id FROM remote_servers WHERE uuid = $1', [auth.uuid]),
  );
  return {
    text: service.stdout,
    stderr: service.stderr,
    serverId: rows[0]?.id,
    requestId: refused.headers['x-request-id'],
  };
}

const parse = (text: string): Line[] =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

describe('the log', () => {
  it('is a JSON object per line on standard output, and what was refused can be found in it', async () => {
    const { text, stderr, serverId, requestId } = await logOf({});
    expect(stderr).toBe('');
    const lines = parse(text);
    expect(lines.filter(({ level }) => !['log', 'warn', 'error', 'fatal'].includes(level))).toEqual([]);
    const requests = lines.filter(({ context }) => context === 'Requests').map(({ params }) => params);
    expect(requests[0]).toEqual({
      method: 'POST',
      route: '/api/v1/remotes/push/notify',
      status: 400,
      milliseconds: expect.any(Number),
      requestId,
      serverId,
      error: 'params.not-of-type',
    });
    // An address that is none has no route; what it was is not repeated.
    expect(requests[1]).toMatchObject({ status: 404, error: 'http.not-found' });
    expect(requests).toHaveLength(2);
    expect(text).not.toContain('in-a-query');
    expect(text).not.toContain('nowhere');
  });

  it('has two lines of a server far beyond its limit: its first refusal, and how many there were after it', async () => {
    const service = await around.startOn(database.url, { RATE_LIMIT_PER_MINUTE: '3' });
    const auth = await registerPhones(service, database.url, { apple: 'c0ffee77', android: 'android-77' });
    const answers = await Promise.all(
      Array.from({ length: 40 }, () => service.call('push/notify', { auth, json: { user_id: 'x' } })),
    );
    // Of what comes when it is known to be beyond its limit, too.
    for (let i = 0; i < 5; i++) answers.push(await service.call('push/notify', { auth, json: { user_id: 'x' } }));
    const refused = answers.filter(({ status }) => status === 429).length;
    expect(refused).toBeGreaterThan(30);
    await service.stop();
    const lines = parse(service.stdout).filter(({ context }) => context === 'Requests');
    const first = lines.filter(({ params }) => params?.['error'] === 'rate.limited');
    expect(first).toHaveLength(1);
    const sums = lines.filter(({ message }) => message === 'further requests refused by the rate limit');
    expect(sums.map(({ params }) => params)).toEqual([{ who: first[0]?.params?.['serverId'], refused: refused - 1 }]);
  });

  it('has every request at the level debug, and nothing of the framework above it', async () => {
    const { text } = await logOf({ LOG_LEVEL: 'debug' });
    const lines = parse(text);
    const routes = lines.filter(({ context }) => context === 'Requests').map(({ params }) => params?.['route']);
    expect(routes).toContain('/api/v1/remotes/server/register');
    expect(routes).toContain('/api/v1/remotes/push/register');
    expect(lines.filter(({ context }) => /Router|Instance|Nest/.test(context ?? ''))).toEqual([]);
  });

  it('is for people where that is asked for', async () => {
    const { text } = await logOf({ LOG_FORMAT: 'pretty' });
    expect(() => JSON.parse(text.split('\n')[0] ?? '')).toThrow();
    expect(text).toContain('listening on http://127.0.0.1:');
  });

  it('is silent below the level that is asked for', async () => {
    const port = await freePort(0);
    const env = { DATABASE_URL: database.url, SESSION_SECRET, LOG_LEVEL: 'fatal', PORT: String(port) };
    const service = around.spawn(env);
    let status: number | undefined;
    while (status !== 200) {
      const answer = await callApi(`http://127.0.0.1:${port}`, '/health/ready', { method: 'GET' }).catch(
        () => undefined,
      );
      status = answer?.status;
    }
    await callApi(`http://127.0.0.1:${port}`, '/nowhere');
    expect(await service.stop()).toEqual({ code: 0, signal: null });
    expect(service.stdout + service.stderr).toBe('');
  });
});
