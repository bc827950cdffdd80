import { randomInt } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { callApi } from '../support/api-client.js';
import { type TestServerRow, TestService } from '../support/service.js';
import { type Endpoint, endpointsOf } from './endpoints.js';
import { type GeneratedRequest, KNOWN_UUID, requestTo } from './generated-requests.js';

/** A run is repeated by giving its seed, which stands in the tests' names, as PROPERTY_SEED. */
const seed = Number(process.env['PROPERTY_SEED'] ?? randomInt(2 ** 31));
const RUNS = 300;

const request = (path: string, body: string, headers: Record<string, string> = {}): [GeneratedRequest] => [
  { path, method: 'POST', credentials: 'good', headers, body },
];
/** Requests that were once answered wrongly. */
const REGRESSIONS = [
  request('push/notify', '1.0'),
  request('push/register', '', { 'content-type': ';;;===' }),
  request('push/register?%zz', ''),
  request('push/register', '', { expect: 'nothing' }),
];

let service: TestService;
let server: TestServerRow;
let endpoints: Endpoint[];
beforeAll(async () => {
  service = await TestService.start({ env: { RATE_LIMIT_PER_MINUTE: '10000000' } });
  endpoints = await endpointsOf(service);
  expect(endpoints.length).toBeGreaterThanOrEqual(5);
  server = await service.addServer({ planType: 102 });
  await service.addRealm(server, { uuid: KNOWN_UUID });
});
afterAll(() => service.stop());

async function send({ path, method, credentials, headers, body }: GeneratedRequest) {
  // Deactivation is final: it gets a server of its own each time.
  const self = path.startsWith('server/deactivate') ? await service.addServer() : server;
  return callApi(service.origin, `/api/v1/remotes/${path}`, {
    method,
    raw: Buffer.from(body),
    headers: typeof credentials === 'object' ? { ...headers, authorization: credentials.header } : headers,
    ...(credentials === 'good' ? { auth: self } : {}),
    ...(credentials === 'wrong' ? { auth: { ...self, key: 'x'.repeat(64) } } : {}),
  });
}

/** What holds for every answer: never our fault, always JSON that a Zulip server can read. */
async function answersProperly(generated: GeneratedRequest): Promise<void> {
  const { status, headers, body, text } = await send(generated);
  expect([200, 400, 401, 403, 404, 405, 413, 429], text).toContain(status);
  expect(headers['content-type']).toContain('application/json');
  // An answer to HEAD has no body (RFC 9110, 9.3.2).
  if (generated.method === 'HEAD') return;
  expect(body, text).toMatchObject({ result: status === 200 ? 'success' : 'error', msg: expect.any(String) });
}

it(`any request to any endpoint is answered in the envelope, and never by a 5xx (PROPERTY_SEED=${seed})`, async () => {
  await fc.assert(fc.asyncProperty(requestTo(endpoints), answersProperly), {
    seed,
    numRuns: RUNS * 4,
    examples: REGRESSIONS,
    endOnFailure: true,
  });
}, 300_000);

it(`the same request twice is answered by the same status, unless it used up what it found (PROPERTY_SEED=${seed})`, async () => {
  const repeatable = endpoints.filter(({ name }) => /^push\/(register|notify|unregister\/all)$/.test(name));
  await fc.assert(
    fc.asyncProperty(requestTo(repeatable), async (generated) => {
      const [first, second] = [await send(generated), await send(generated)];
      expect(second.status, second.text).toBe(first.status);
    }),
    { seed, numRuns: RUNS, endOnFailure: true },
  );
}, 300_000);
