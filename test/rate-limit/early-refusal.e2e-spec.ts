import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { getStorageToken, type ThrottlerStorage } from '@nestjs/throttler';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { Metrics } from '../../src/health/metrics/metrics.service.js';
import { scrape } from '../metrics/scrape.js';
import { basic, type Credentials } from '../support/api-client.js';
import { until } from '../support/scripted-http2.js';
import { type TestServerRow, TestService } from '../support/service.js';
import { KeptConnection } from './kept-connection.js';

const LIMIT = 3;
const UNREGISTER = 'push/unregister/all';
const MEBIBYTE = 1024 * 1024;

let service: TestService;
beforeAll(async () => {
  service = await TestService.start({
    env: { RATE_LIMIT_PER_MINUTE: String(LIMIT), PUBLIC_URL: 'https://push.example.com', METRICS_PORT: '0' },
    requestTimeout: 3_000,
  });
});
afterAll(() => service.stop());

const connections: KeptConnection[] = [];
afterEach(() => {
  for (const connection of connections.splice(0)) connection.close();
});
const connected = () => {
  const connection = new KeptConnection(service.origin);
  connections.push(connection);
  return connection;
};

const call = (auth: Credentials, endpoint = UNREGISTER) => service.call(endpoint, { auth, form: { user_id: 1 } });

/** A server that has used up its limit and been refused once, so that the next refusal may come early. */
async function refusedServer(): Promise<TestServerRow> {
  const server = await service.addServer();
  for (let i = 0; i < LIMIT; i++) expect((await call(server)).status).toBe(200);
  expect((await call(server)).status).toBe(429);
  return server;
}

const head = (auth: Credentials, ...more: string[]) =>
  [
    `POST /api/v1/remotes/${UNREGISTER} HTTP/1.1`,
    'Host: push.example.com',
    `Authorization: ${basic(auth)}`,
    'Content-Type: application/x-www-form-urlencoded',
    ...more,
    '\r\n',
  ].join('\r\n');
const whole = (auth: Credentials, body = 'user_id=1') => head(auth, `Content-Length: ${body.length}`) + body;

describe('a refusal', () => {
  it('is the same to the byte whether it is the first or a later one', async () => {
    const server = await service.addServer();
    const connection = connected();
    for (let i = 0; i < LIMIT; i++) {
      await connection.send(whole(server));
      expect((await connection.next()).status).toBe(200);
    }
    for (let i = 0; i < 3; i++) {
      await connection.send(whole(server));
      const { lines, text } = await connection.next();
      const wait = /"retry-after":(\d+(?:\.\d{1,3})?)\}$/.exec(text)?.[1];
      expect(text).toBe(
        `{"result":"error","msg":"API usage exceeded rate limit","code":"RATE_LIMIT_HIT","retry-after":${wait}}`,
      );
      expect(lines).toEqual([
        'HTTP/1.1 429 Too Many Requests',
        expect.stringMatching(/^x-request-id: [0-9a-f-]{36}$/),
        'cache-control: max-age=0, no-cache, no-store, must-revalidate, private',
        'expires: 0',
        `x-ratelimit-limit: ${LIMIT}`,
        'x-ratelimit-remaining: 0',
        expect.stringMatching(/^x-ratelimit-reset: \d{10}$/),
        `retry-after: ${wait}`,
        'content-type: application/json',
        `content-length: ${text.length}`,
        expect.stringMatching(/^Date: /),
        'Connection: keep-alive',
        expect.stringMatching(/^Keep-Alive: timeout=\d+$/),
      ]);
    }
  });
});

describe('a server beyond its limit', () => {
  it('is refused before its body comes, and the connection carries the next request', async () => {
    const server = await refusedServer();
    const other = await service.addServer();
    const connection = connected();
    await connection.send(`${head(server, 'Content-Length: 9')}user_`);
    expect((await connection.next()).status).toBe(429);
    await connection.send('id=1');
    await connection.send(whole(other));
    expect((await connection.next()).status).toBe(200);
  });

  it('may send in chunks and in a row', async () => {
    const server = await refusedServer();
    const other = await service.addServer();
    const connection = connected();
    const chunked = `${head(server, 'Transfer-Encoding: chunked')}5\r\nuser_\r\n4\r\nid=1\r\n0\r\n\r\n`;
    await connection.send(chunked + whole(server) + whole(other) + whole(server, 'x'.repeat(MEBIBYTE)) + whole(other));
    const statuses = [];
    for (let i = 0; i < 5; i++) statuses.push((await connection.next()).status);
    expect(statuses).toEqual([429, 429, 200, 429, 200]);
  });

  it('is cut off where its body never comes, without harm to anybody', async () => {
    const server = await refusedServer();
    const connection = connected();
    await connection.send(head(server, 'Content-Length: 9'));
    expect((await connection.next()).status).toBe(429);
    await connection.end();
    expect((await call(await service.addServer())).status).toBe(200);
  });

  it('is cut off where its body is larger than any may be', async () => {
    const server = await refusedServer();
    const connection = connected();
    await connection.send(head(server, 'Transfer-Encoding: chunked'));
    expect((await connection.next()).status).toBe(429);
    const chunk = `100000\r\n${'x'.repeat(MEBIBYTE)}\r\n`;
    let sent = 0;
    for (; sent < 100 && !connection.closed; sent++) {
      await connection.send(chunk);
      // The service reads in this same process.
      await nextTurn();
    }
    // What is more than 25 lies in the buffers of the system.
    expect(sent).toBeGreaterThanOrEqual(25);
    expect(sent).toBeLessThan(100);
  });

  it('hears 413 of a body that says it is too large', async () => {
    const server = await refusedServer();
    const connection = connected();
    await connection.send(head(server, `Content-Length: ${25 * MEBIBYTE + 1}`));
    expect((await connection.next()).status).toBe(413);
  });

  it('gets its answer also where the connection ends with it, and the body comes late', async () => {
    const server = await refusedServer();
    const connection = connected();
    await connection.send(head(server, 'Connection: close', `Content-Length: ${MEBIBYTE}`));
    for (let i = 0; i < 4; i++) {
      // Closed before, the connection would be reset, and the answer might be lost.
      expect(connection.closed).toBe(false);
      await connection.send('x'.repeat(MEBIBYTE / 4));
      await sleep(20);
    }
    const { status, lines } = await connection.next();
    expect([status, lines]).toEqual([429, expect.arrayContaining(['Connection: close'])]);
    expect(await connection.end()).toBe('');
  });

  it('is refused whatever it sends, and where the guard alone can tell', async () => {
    const server = await refusedServer();
    const malformed = { auth: server, raw: '%%%', headers: { 'content-type': 'multipart/form-data' } };
    for (const endpoint of [UNREGISTER, 'push/notify', 'push/notify', `${UNREGISTER}?user_id=1`]) {
      expect((await service.call(endpoint, malformed)).status, endpoint).toBe(429);
    }
  });

  it('is answered as ever where the limit is not what decides', async () => {
    const server = await refusedServer();
    const wrong = { uuid: server.uuid, key: 'x'.repeat(64) };
    const host = (name: string) => ({ auth: server, form: { user_id: 1 }, headers: { host: name } });
    const statuses = [
      (await call(wrong)).status,
      (await service.call(UNREGISTER, { headers: { authorization: 'Basic %%%' } })).status,
      (await service.call(UNREGISTER, {})).status,
      (await service.call(UNREGISTER, host('other.push.example.com'))).status,
      (await service.call('push/nowhere', { auth: server })).status,
      (await service.call(UNREGISTER, { auth: server, method: 'GET' })).status,
      (await service.call('server/analytics/status', { auth: server, method: 'GET' })).status,
    ];
    expect(statuses).toEqual([401, 401, 401, 401, 404, 405, 200]);
  });

  it('is told at once of a new key and of its deactivation', async () => {
    const server = await refusedServer();
    const change = async (sql: string) => service.rows(`UPDATE remote_servers SET ${sql} WHERE id = $1`, [server.id]);
    await change(`key_digest = sha256('another')`);
    await until(async () => (await call(server)).status === 401);
    const renewed = { uuid: server.uuid, key: 'another' };
    expect((await call(renewed)).status).toBe(429);
    expect((await call(renewed)).status).toBe(429);
    await change('deactivated = true');
    await until(async () => (await call(renewed)).status === 401);
  });

  it('is let through as soon as it has waited as long as it was told last', async () => {
    const server = await refusedServer();
    service.clock.advance(20);
    const { status, body } = await call(server);
    expect(status).toBe(429);
    const wait = body['retry-after'] as number;
    expect(wait).toBeLessThanOrEqual(40);
    service.clock.advance(wait - 1);
    expect((await call(server)).status).toBe(429);
    service.clock.advance(1);
    expect((await call(server)).status).toBe(200);
  });

  it('is counted in the metrics like everybody else', async () => {
    const refused = async () => {
      const { value } = await scrape(service.app.get(Metrics, { strict: false }).url ?? '');
      const labels = `{method="POST",route="/api/v1/remotes/${UNREGISTER}",status="429"}`;
      return value(`push_bouncer_http_requests_total${labels}`) ?? 0;
    };
    const server = await refusedServer();
    const before = await refused();
    for (let i = 0; i < 5; i++) await call(server);
    expect((await refused()) - before).toBe(5);
  });

  it('costs no look at the limit and none at the database', async () => {
    const server = await refusedServer();
    const seen = 'SELECT last_request_at FROM remote_server_activity WHERE server_id = $1';
    const before = await service.rows(seen, [server.id]);
    const storage = service.app.get<ThrottlerStorage>(getStorageToken());
    const asked = vi.spyOn(storage, 'increment');
    for (let i = 0; i < 10; i++) expect((await call(server)).status).toBe(429);
    expect(asked).not.toHaveBeenCalled();
    asked.mockRestore();
    expect(await service.rows(seen, [server.id])).toEqual(before);
  });
});
