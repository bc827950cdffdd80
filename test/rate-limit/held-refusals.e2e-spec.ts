import { afterAll, beforeAll, expect, it } from 'vitest';
import { HeldAnswers } from '../../src/protocol/held-answers.hook.js';
import { basic } from '../support/api-client.js';
import { type TestServerRow, TestService } from '../support/service.js';
import { KeptConnection } from './kept-connection.js';

const LIMIT = 3;
/** As many of one server wait at once. */
const MOST = 100;
const BODY = JSON.stringify({ user_id: 10, gcm_payload: { event: 'message' } });

let service: TestService;
beforeAll(async () => {
  // Longer than a test may take, for what is held until its service stops.
  service = await TestService.start({ env: { RATE_LIMIT_PER_MINUTE: String(LIMIT), RETRY_LATER_HOLD_SECONDS: '10' } });
});
afterAll(() => service.stop());

const notify = (auth: TestServerRow) => service.call('push/notify', { auth, json: JSON.parse(BODY) as object });
const held = () => service.app.get(HeldAnswers).size;

/** A server whose first notification too many was refused, at once. */
async function refusedServer(): Promise<TestServerRow> {
  const server = await service.addServer({ planType: 102 });
  for (let i = 0; i < LIMIT; i++) expect((await notify(server)).status).toBe(200);
  const { status, body } = await notify(server);
  expect([status, body['code']]).toEqual([429, 'RATE_LIMIT_HIT']);
  expect(held()).toBe(0);
  return server;
}

/** Sends notifications, each over a connection of its own, and does not wait for their answers. */
function send(auth: TestServerRow, count: number): KeptConnection[] {
  const head = [
    'POST /api/v1/remotes/push/notify HTTP/1.1',
    'Host: localhost',
    `Authorization: ${basic(auth)}`,
    'Content-Type: application/json',
    `Content-Length: ${BODY.length}`,
    '\r\n',
  ].join('\r\n');
  return Array.from({ length: count }, () => {
    const connection = new KeptConnection(service.origin);
    void connection.send(head + BODY);
    return connection;
  });
}

it('who goes on after a refusal waits for the next, as far as notifications go', async () => {
  const server = await refusedServer();
  const other = { auth: server, form: { user_id: 1 } };
  expect((await service.call('push/unregister/all', other)).status).toBe(429);
  const [waiting] = send(server, 1);
  await expect.poll(held).toBe(1);
  expect((await service.call('push/unregister/all', other)).status).toBe(429);
  expect(held()).toBe(1);
  waiting?.close();
  // Nobody waits for it any more.
  await expect.poll(held).toBe(0);
});

it('of one server a hundred wait; what comes beyond is refused at once, and others have their own hundred', async () => {
  const [server, other] = [await refusedServer(), await refusedServer()];
  const first = send(server, MOST);
  await expect.poll(held).toBe(MOST);
  const beyond = send(server, 3);
  expect((await Promise.all(beyond.map((one) => one.next()))).map(({ status }) => status)).toEqual([429, 429, 429]);
  expect(held()).toBe(MOST);
  const second = send(other, 1);
  await expect.poll(held).toBe(MOST + 1);
  for (const one of [...first, ...beyond, ...second]) one.close();
  await expect.poll(held).toBe(0);
});

it('waits for half of what is left of the minute at most, and is told what remains', async () => {
  const server = await refusedServer();
  service.clock.advance(59.8);
  const { status, headers } = await notify(server);
  expect(status).toBe(429);
  expect(Number(headers['retry-after'])).toBeGreaterThan(0);
  expect(Number(headers['retry-after'])).toBeLessThanOrEqual(0.2);
  service.clock.advance(0.5);
  expect((await notify(server)).status).toBe(200);
});

// The last one: from then on nothing is held.
it('is answered when the service stops', async () => {
  const waiting = send(await refusedServer(), 2);
  await expect.poll(held).toBe(2);
  service.app.get(HeldAnswers).releaseAll();
  const answers = await Promise.all(waiting.map((one) => one.next()));
  for (const { status, text } of answers) {
    expect(status).toBe(429);
    expect(JSON.parse(text)).toMatchObject({ code: 'RATE_LIMIT_HIT' });
  }
  for (const one of waiting) one.close();
});
