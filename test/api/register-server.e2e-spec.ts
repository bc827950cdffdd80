import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestService } from '../support/service.js';
import { expectAnswer, refused, success } from './answers.js';

const aKey = () => randomBytes(32).toString('hex');
const PREFIX = 'Invalid server administrator email address: ';
const badEmail = (reason: string) => refused(PREFIX + reason, 'BAD_REQUEST', { email_reason: reason });
const missing = (name: string) => refused(`Missing '${name}' argument`, 'REQUEST_VARIABLE_MISSING', { var_name: name });

let service: TestService;
let hosts = 0;
beforeAll(async () => {
  service = await TestService.start();
  service.dns
    .zone('only-a.test', { a: ['192.0.2.1'] })
    .zone('only-aaaa.test', { aaaa: ['2001:db8::1'] })
    .zone('only-ns.test', { ns: ['ns.test'] })
    .zone('nothing.test', { mode: 'nxdomain' })
    .zone('broken.test', { mode: 'servfail' });
});
afterAll(() => service.stop());

/** A form that is right in everything, of a new server. */
const aForm = (change: Readonly<Record<string, string>> = {}) => ({
  zulip_org_id: randomUUID(),
  zulip_org_key: aKey(),
  hostname: `host${++hosts}.example.com`,
  contact_email: 'server-admin@zulip.com',
  ...change,
});
const register = (form: Readonly<Record<string, string>>) => service.call('server/register', { form });

interface Stored {
  readonly id: string;
  readonly hostname: string;
  readonly contact_email: string;
  readonly created_at: Date;
}
const serversWith = (uuid: string) =>
  service.rows<Stored & Record<string, unknown>>(
    'SELECT id, hostname, contact_email, created_at FROM remote_servers WHERE uuid = $1',
    [uuid],
  );

it('70: a new server is created, with its audit event and the time of its request', async () => {
  const form = aForm({ hostname: 'example.com' });
  const before = service.clock.millis();
  expectAnswer(await register(form), 200, success({ created: true }));
  const [row] = await serversWith(form.zulip_org_id);
  expect(row).toMatchObject({ hostname: 'example.com', contact_email: 'server-admin@zulip.com' });
  const events = await service.rows('SELECT event_type, event_time FROM remote_server_audit_log WHERE server_id = $1', [
    row?.id,
  ]);
  expect(events).toEqual([{ event_type: 10215, event_time: row?.created_at }]);
  const [seen] = await service.rows<{ at: Date }>(
    'SELECT last_request_at AS at FROM remote_server_activity WHERE server_id = $1',
    [row?.id],
  );
  expect(seen?.at.getTime()).toBeGreaterThanOrEqual(before);
  const auth = { uuid: form.zulip_org_id, key: form.zulip_org_key };
  expect((await service.call('push/unregister/all', { auth, form: { user_id: 1 } })).status).toBe(200);
});

it('71: a known server changes its host name and contact, without an audit event', async () => {
  const form = aForm();
  await register(form);
  const changed = { ...form, hostname: 'zulip.example.com', contact_email: 'other-admin@zulip.com' };
  expectAnswer(await register(changed), 200, success({ created: false }));
  const [row] = await serversWith(form.zulip_org_id);
  expect(row).toMatchObject({ hostname: 'zulip.example.com', contact_email: 'other-admin@zulip.com' });
  expect(await service.rows('SELECT 1 FROM remote_server_audit_log WHERE server_id = $1', [row?.id])).toHaveLength(1);
});

it('71: the new host name of a known server is not compared with others', async () => {
  const [one, other] = [aForm(), aForm()];
  await register(one);
  await register(other);
  expectAnswer(await register({ ...other, hostname: one.hostname }), 200, success({ created: false }));
});

it('72: a new key takes the place of the old one', async () => {
  const form = aForm();
  const uuid = form.zulip_org_id;
  await register(form);
  const newKey = aKey();
  expectAnswer(await register({ ...form, new_org_key: newKey }), 200, success({ created: false }));
  const ask = (key: string) => service.call('push/unregister/all', { auth: { uuid, key }, form: { user_id: 1 } });
  expect((await ask(form.zulip_org_key)).body['msg']).toBe(
    `Zulip server auth failure: key does not match role ${uuid}`,
  );
  expectAnswer(await ask(newKey), 200, success());
});

it('72: a server that is new is given the key it names as its own, not the one to replace it', async () => {
  const form = aForm();
  expectAnswer(await register({ ...form, new_org_key: aKey() }), 200, success({ created: true }));
  expectAnswer(await register(form), 200, success({ created: false }));
});

it('73: a known server with another key is refused and stays as it is', async () => {
  const form = aForm();
  await register(form);
  const role = form.zulip_org_id;
  expectAnswer(
    await register({ ...form, zulip_org_key: aKey(), new_org_key: aKey(), hostname: 'stolen.example.com' }),
    400,
    refused(`Zulip server auth failure: key does not match role ${role}`, 'INVALID_ZULIP_SERVER', { role }),
  );
  expect(await serversWith(role)).toMatchObject([{ hostname: form.hostname }]);
});

describe('what is refused and not stored', () => {
  it.each<[string, Readonly<Record<string, string>>, unknown]>([
    ['74: a bare label', { hostname: 'invalid-host' }, refused('invalid-host is not a valid hostname')],
    [
      '75: a path behind the host',
      { hostname: 'example.com/path' },
      refused('example.com/path contains invalid components (e.g., path, query, fragment).'),
    ],
    ['76: an id that is no UUID', { zulip_org_id: 'x'.repeat(36) }, refused('Invalid UUID')],
    ['76: a UUID of version 5', { zulip_org_id: '18cedb98-5222-5f34-50a9-fc418e1ba972' }, refused('Invalid UUID')],
    ['76: a short id', { zulip_org_id: '18cedb98' }, refused('zulip_org_id is not length 36')],
    ['a UUID in capitals', { zulip_org_id: randomUUID().toUpperCase() }, refused('Invalid UUID')],
    ['77: a key of 63 characters', { zulip_org_key: 'k'.repeat(63) }, refused('zulip_org_key is not length 64')],
    [
      '77: a key of 63 characters before a bad host',
      { zulip_org_key: 'k'.repeat(63), hostname: 'invalid-host' },
      refused('zulip_org_key is not length 64'),
    ],
    ['a new key of 65 characters', { new_org_key: 'k'.repeat(65) }, refused('new_org_key is not length 64')],
    [
      'a host of 129 characters',
      { hostname: `${'a'.repeat(125)}.com` },
      refused('hostname is too long (limit: 128 characters)'),
    ],
    ['79: an address without a domain', { contact_email: 'server-admin' }, badEmail('Enter a valid email address.')],
    ['80: example.com', { contact_email: 'admin@example.com' }, badEmail('example.com is not a valid email domain.')],
    [
      '80: example.com in capitals',
      { contact_email: 'admin@EXAMPLE.com' },
      badEmail('example.com is not a valid email domain.'),
    ],
    [
      '80: a disposable domain',
      { contact_email: 'admin@mailnator.com' },
      badEmail('Please use your real email address.'),
    ],
    [
      '81: a domain with an address but no mail',
      { contact_email: 'a@only-a.test' },
      badEmail('only-a.test is invalid because it does not have any MX records'),
    ],
    [
      '81: a domain with an IPv6 address but no mail',
      { contact_email: 'a@only-aaaa.test' },
      badEmail('only-aaaa.test is invalid because it does not have any MX records'),
    ],
    [
      '81: a domain with a name server alone',
      { contact_email: 'a@only-ns.test' },
      badEmail('only-ns.test is invalid because it does not have any MX records'),
    ],
    ['81: a domain that is none', { contact_email: 'a@nothing.test' }, badEmail('nothing.test does not exist')],
    ['a bad host before a bad address', { hostname: 'x', contact_email: 'y' }, refused('x is not a valid hostname')],
    [
      'a bad address before a bad UUID',
      { zulip_org_id: 'x'.repeat(36), contact_email: 'y' },
      badEmail('Enter a valid email address.'),
    ],
  ])('%s', async (_name, change, body) => {
    const before = await service.rows('SELECT count(*) FROM remote_servers');
    expectAnswer(await register(aForm(change)), 400, body);
    expect(await service.rows('SELECT count(*) FROM remote_servers')).toEqual(before);
  });

  it.each(['zulip_org_id', 'zulip_org_key', 'hostname', 'contact_email'])('a form without %s', async (name) => {
    const { [name]: _, ...form } = aForm() as Record<string, string>;
    expectAnswer(await register(form), 400, missing(name));
  });

  it('a form without anything: the first field is named', async () => {
    expectAnswer(await register({}), 400, missing('zulip_org_id'));
  });

  it('78: a host name that another server has', async () => {
    const { hostname } = aForm();
    await register(aForm({ hostname }));
    const form = aForm({ hostname });
    expectAnswer(
      await register(form),
      400,
      refused(`A server with hostname ${hostname} already exists`, 'HOSTNAME_ALREADY_IN_USE_BOUNCER_ERROR', {
        hostname,
      }),
    );
    expect(await serversWith(form.zulip_org_id)).toEqual([]);
  });
});

it('78: the host name of a deactivated server is free; that server itself stays refused', async () => {
  const form = aForm();
  await register(form);
  await service.rows('UPDATE remote_servers SET deactivated = true WHERE uuid = $1', [form.zulip_org_id]);
  expectAnswer(await register(aForm({ hostname: form.hostname })), 200, success({ created: true }));
  const answer = await register(form);
  expectAnswer(
    answer,
    401,
    refused(
      'The mobile push notification service registration for your server has been deactivated',
      'REALM_DEACTIVATED',
    ),
  );
});

it('82: GET is a wrong method', async () => {
  const answer = await service.call('server/register', { method: 'GET' });
  expect(answer.text).toBe('{"result":"error","msg":"Method Not Allowed","allowed_methods":["POST"]}');
  expect([answer.status, answer.headers.allow]).toEqual([405, 'POST']);
});

it('answers 503, not a refusal, while DNS does not', async () => {
  const form = aForm({ contact_email: 'a@broken.test' });
  const answer = await register(form);
  expect([answer.status, answer.headers['retry-after']]).toEqual([503, '30']);
  expect(answer.body).toMatchObject({ result: 'error', msg: expect.any(String) });
  expect(await serversWith(form.zulip_org_id)).toEqual([]);
});

describe('at once', () => {
  const of = (answers: { body: Record<string, unknown> }[], key: string, value: unknown) =>
    answers.filter(({ body }) => body[key] === value).length;

  it('200 servers that want the same host name: exactly one gets it', async () => {
    const { hostname } = aForm();
    const forms = Array.from({ length: 200 }, () => aForm({ hostname }));
    const answers = await Promise.all(forms.map(register));
    expect(of(answers, 'created', true)).toBe(1);
    expect(of(answers, 'code', 'HOSTNAME_ALREADY_IN_USE_BOUNCER_ERROR')).toBe(199);
    expect(await service.rows('SELECT 1 FROM remote_servers WHERE hostname = $1', [hostname])).toHaveLength(1);
  });

  it('50 registrations of the same server: one is the first', async () => {
    const form = aForm();
    const answers = await Promise.all(Array.from({ length: 50 }, () => register(form)));
    expect([of(answers, 'created', true), of(answers, 'created', false)]).toEqual([1, 49]);
    const rows = await serversWith(form.zulip_org_id);
    expect(rows).toHaveLength(1);
    expect(
      await service.rows('SELECT 1 FROM remote_server_audit_log WHERE server_id = $1', [rows[0]?.id]),
    ).toHaveLength(1);
  });

  it('50 rotations from one key to different ones: exactly one wins', async () => {
    const form = aForm();
    await register(form);
    const keys = Array.from({ length: 50 }, aKey);
    const answers = await Promise.all(keys.map((key) => register({ ...form, new_org_key: key })));
    expect([of(answers, 'created', false), of(answers, 'code', 'INVALID_ZULIP_SERVER')]).toEqual([1, 49]);
    const winner = keys[answers.findIndex(({ status }) => status === 200)] ?? '';
    expectAnswer(await register({ ...form, zulip_org_key: winner }), 200, success({ created: false }));
  });
});
