import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { VerificationSecrets } from '../../src/registration/transfer/verification-secrets.js';
import { type TestServerRow, TestService } from '../support/service.js';
import { type Answer, json, serving, ZulipHost } from './zulip-host.js';

const TOKEN = 'dGhpcyBpcyBhIHRva2VuIG9mIHRoaXJ0eS10d28gYnk';

let service: TestService;
let host: ZulipHost;
let server: TestServerRow;
beforeAll(async () => {
  service = await TestService.start({ env: { OUTGOING_ALLOW: '127.0.0.0/8' } });
  host = await ZulipHost.start();
});
afterAll(async () => {
  await service.stop();
  await host.stop();
});
beforeEach(async () => {
  // The daily budget, and what the last test registered.
  await service.rows('DELETE FROM host_verifications');
  await service.rows('DELETE FROM remote_servers');
  service.clock.advance(61);
  host.asked.length = 0;
  server = await service.addServer({ hostname: host.hostname });
});

async function begin(hostname = host.hostname): Promise<string> {
  const answer = await service.call('server/register/transfer', { form: { hostname } });
  expect(answer.body).toEqual({
    result: 'success',
    msg: '',
    verification_secret: expect.stringMatching(/^[0-9A-F]+$/),
  });
  return answer.body['verification_secret'] as string;
}

const verify = (hostname = host.hostname, token = TOKEN) =>
  service.call('server/register/verify_challenge', { form: { hostname, access_token: token } });

const refusal = (msg: string, code = 'BAD_REQUEST') => ({ result: 'error', msg, code });
const digest = () => service.rows('SELECT key_digest FROM remote_servers WHERE id = $1', [server.id]);

describe('server/register/transfer', () => {
  it('86: refuses a host that nobody registered', async () => {
    const answer = await service.call('server/register/transfer', { form: { hostname: 'unregistered.example.com' } });
    expect([answer.status, answer.body]).toEqual([400, refusal('unregistered.example.com not yet registered')]);
  });

  it('refuses a host whose registration has ended', async () => {
    await service.rows('UPDATE remote_servers SET deactivated = true');
    const answer = await service.call('server/register/transfer', { form: { hostname: host.hostname } });
    expect(answer.body).toEqual(refusal(`${host.hostname} not yet registered`));
  });

  it('refuses what is no host name, and a missing one', async () => {
    const form = { hostname: 'invalid-host' };
    expect((await service.call('server/register/transfer', { form })).body).toEqual(
      refusal('invalid-host is not a valid hostname'),
    );
    expect((await service.call('server/register/transfer', { form: {} })).body).toEqual({
      ...refusal("Missing 'hostname' argument", 'REQUEST_VARIABLE_MISSING'),
      var_name: 'hostname',
    });
    const get = await service.call('server/register/transfer', { method: 'GET' });
    expect([get.status, get.body['allowed_methods']]).toEqual([405, ['POST']]);
  });
});

describe('server/register/verify_challenge', () => {
  it('87: gives the registration a new key to the host that shows the secret', async () => {
    host.answer = serving(await begin());
    const answer = await verify();
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({
      result: 'success',
      msg: '',
      zulip_org_id: server.uuid,
      zulip_org_key: expect.stringMatching(/^[A-Za-z0-9]{64}$/),
    });
    expect(host.asked).toEqual([`GET /api/v1/zulip-services/verify/${TOKEN}/`]);
    const events = await service.rows('SELECT event_type FROM remote_server_audit_log WHERE server_id = $1', [
      server.id,
    ]);
    expect(events).toEqual([{ event_type: 10216 }]);
    const use = (key: string) =>
      service.call('push/unregister/all', { auth: { uuid: server.uuid, key }, form: { user_id: 1 } });
    expect((await use(server.key)).status).toBe(401);
    expect((await use(answer.body['zulip_org_key'] as string)).status).toBe(200);
  });

  it('takes its parameters from the query string, by any method', async () => {
    host.answer = serving(await begin());
    const query = new URLSearchParams({ hostname: host.hostname, access_token: TOKEN });
    const answer = await service.call(`server/register/verify_challenge?${query}`, { method: 'GET' });
    expect([answer.status, answer.body['zulip_org_id']]).toEqual([200, server.uuid]);
  });

  it('88: refuses a host that nobody registered, or whose registration has ended, without asking anybody', async () => {
    const unknown = refusal('Registration not found for this hostname');
    expect((await verify('unregistered.example.com')).body).toEqual(unknown);
    await service.rows('UPDATE remote_servers SET deactivated = true');
    expect((await verify()).body).toEqual(unknown);
    expect(host.asked).toEqual([]);
  });

  it('refuses where several registrations share the host', async () => {
    await service.addServer({ hostname: host.hostname });
    const answer = await verify();
    expect(answer.status).toBe(400);
    expect(answer.body['msg']).toContain('Several registrations share this hostname.');
    expect(host.asked).toEqual([]);
  });

  it.each<[string, Answer, string]>([
    ['89: a secret that is no upper-case hex', serving('foo'), 'The verification secret is malformed'],
    ['89: a secret in lower case', serving('abcd'), 'The verification secret is malformed'],
    ['90: a secret that nobody issued', serving('ABCD'), 'The verification secret is invalid'],
    [
      '91: that nothing is prepared',
      json(400, { msg: 'no', code: 'REMOTE_SERVER_VERIFICATION_SECRET_NOT_PREPARED' }),
      'The host reported it has no verification secret.',
    ],
    ['91: 403', json(403, {}), 'Unexpected status code received from the host: 403'],
    ['91: 400 for another reason', json(400, {}), 'Unexpected status code received from the host: 400'],
    ['500', json(500, { verification_secret: 'AB' }), 'Unexpected status code received from the host: 500'],
    ['201', json(201, { verification_secret: 'AB' }), 'Unexpected status code received from the host: 201'],
    [
      'a redirect, which is not followed',
      (response) => response.writeHead(302, { Location: '/elsewhere' }).end(),
      'Unexpected status code received from the host: 302',
    ],
    [
      '93: an empty body',
      (response) => response.writeHead(200).end(),
      'An error occurred while parsing the response from the host.',
    ],
    ['93: no secret', json(200, { other: 'response' }), 'An error occurred while parsing the response from the host.'],
    [
      'a secret that is no text',
      json(200, { verification_secret: 5 }),
      'An error occurred while parsing the response from the host.',
    ],
    [
      'more than anybody would read',
      (response) => response.writeHead(200).end('x'.repeat(100_000)),
      'An error occurred while communicating with the host.',
    ],
  ])('refuses a host that answers %s', async (_what, answer, msg) => {
    host.answer = answer;
    const before = await digest();
    const refused = await verify();
    expect([refused.status, refused.body]).toEqual([400, refusal(msg)]);
    expect(host.asked).toEqual([`GET /api/v1/zulip-services/verify/${TOKEN}/`]);
    expect(await digest()).toEqual(before);
  });

  it('90: refuses a secret after ten seconds', async () => {
    host.answer = serving(await begin());
    service.clock.advance(9);
    expect((await verify()).status).toBe(200);
    host.answer = serving(await begin());
    service.clock.advance(11);
    expect((await verify()).body).toEqual(refusal('The verification secret has expired'));
  });

  it('90: refuses the secret of another service, and one for another host', async () => {
    const foreign = new VerificationSecrets(['a secret of somebody else entirely, long enough'], service.clock);
    host.answer = serving(await foreign.issue(host.hostname));
    expect((await verify()).body).toEqual(refusal('The verification secret is invalid'));
    await service.addServer({ hostname: 'other.example.com' });
    host.answer = serving(await begin('other.example.com'));
    expect((await verify()).body).toEqual(refusal('The verification secret is for a different hostname'));
  });

  it('92: names a failure of the connection, after trying again', async () => {
    let connections = 0;
    const port = await host.otherPort((socket) => {
      connections++;
      socket.resetAndDestroy();
    });
    await service.addServer({ hostname: `127.0.0.1:${port}` });
    expect((await verify(`127.0.0.1:${port}`)).body).toEqual(
      refusal('Connection error occurred while communicating with the host.'),
    );
    expect(connections).toBe(4);
  });

  it('92: names a failure of TLS: no TLS at all, and a certificate for another name', async () => {
    const port = await host.otherPort((socket) => socket.end('HTTP/1.1 200 OK\r\n\r\n'));
    const failed = refusal('SSL error occurred while communicating with the host.');
    await service.addServer({ hostname: `127.0.0.1:${port}` });
    expect((await verify(`127.0.0.1:${port}`)).body).toEqual(failed);
    service.dns.zone('zulip.example.org', { a: ['127.0.0.1'] });
    const named = `zulip.example.org:${host.port}`;
    await service.addServer({ hostname: named });
    expect((await verify(named)).body).toEqual(failed);
    expect(host.asked).toEqual([]);
  });

  it('92: names a host that does not answer in time, and one that breaks off or talks nonsense', async () => {
    const late = verify();
    host.answer = () => undefined;
    expect((await late).body).toEqual(refusal('The request timed out while communicating with the host.'));
    host.answer = (response) => {
      response.writeHead(200, { 'Content-Length': '100' }).write('{');
      setTimeout(() => response.destroy(), 50);
    };
    expect((await verify()).body).toEqual(refusal('Connection error occurred while communicating with the host.'));
    host.answer = (response) => response.socket?.end('this is no HTTP\r\n\r\n');
    expect((await verify()).body).toEqual(refusal('An error occurred while communicating with the host.'));
  });

  it('keeps the token inside its place in the path', async () => {
    const ask = async (token: string) => (await verify(host.hostname, token)).body['msg'];
    host.answer = json(403, {});
    for (const token of ['../../users', 'a/b?c#d', '\r\nX: y', 'ü']) await ask(token);
    expect(host.asked).toEqual(
      ['..%2F..%2Fusers', 'a%2Fb%3Fc%23d', '%0D%0AX%3A%20y', '%C3%BC'].map(
        (part) => `GET /api/v1/zulip-services/verify/${part}/`,
      ),
    );
    for (const token of ['', '.', '..']) expect(await ask(token)).toBe('access_token has invalid format');
    expect(host.asked).toHaveLength(4);
  });

  it('94: stops after thirty attempts of a day, all callers together, whatever came of them', async () => {
    for (let i = 0; i < 30; i++) expect((await verify(`host${i}.example.org`)).status).toBe(400);
    const form = { hostname: 'x.example.org' };
    // A request without its parameters costs nothing.
    expect((await service.call('server/register/verify_challenge', { form })).status).toBe(400);
    const refused = await verify();
    expect(refused.status).toBe(429);
    expect(refused.body).toEqual(
      refusal(
        'The global limits on recent usage of this endpoint have been reached. Please try again later or reach out to ' +
          `${service.settings.mail.supportEmail} for assistance.`,
        'RATE_LIMIT_HIT',
      ),
    );
    expect(refused.headers).not.toHaveProperty('retry-after');
    service.clock.advance(86_401);
    expect((await verify('y.example.org')).status).toBe(400);
    expect(await service.rows('SELECT count(*)::int AS n FROM host_verifications')).toEqual([{ n: 1 }]);
  });
});

it('calls nobody at a private address, unless the settings permit it', async () => {
  const strict = await TestService.start();
  try {
    strict.dns.zone('inside.example.org', { a: ['203.0.114.7', '127.0.0.1'] });
    const hostnames = [`127.0.0.1:${host.port}`, `inside.example.org:${host.port}`, `[::ffff:127.0.0.1]:${host.port}`];
    for (const hostname of hostnames) {
      await strict.addServer({ hostname });
      const form = { hostname, access_token: TOKEN };
      const answer = await strict.call('server/register/verify_challenge', { form });
      expect(answer.body).toEqual(refusal('Connection error occurred while communicating with the host.'));
    }
    expect(host.asked).toEqual([]);
  } finally {
    await strict.stop();
  }
});
