import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type TestServerRow, TestService } from '../support/service.js';
import {
  anEvent,
  anInstallationCount,
  aRealm,
  aRealmCount,
  everything,
  OK,
  refused,
  stored,
  upload,
} from './uploads.js';

let service: TestService;
let auth: TestServerRow;
beforeAll(async () => {
  service = await TestService.start({ env: { ANALYTICS_PROPERTIES_EXTRA: 'brand_new::day' } });
});
afterAll(() => service.stop());
beforeEach(async () => {
  auth = await service.addServer({ uploaded: false });
});

/** The list of one element as text, with the value of a key replaced by other text; without text, the key is left out. */
function listWith(row: object, key: string, text: string | undefined): string {
  const { [key]: _, ...rest } = row as Record<string, unknown>;
  const json = JSON.stringify(rest).slice(0, -1);
  return text === undefined ? `[${json}}]` : `[${json},"${key}":${text}}]`;
}

const count = (key: string, text?: string) => ({ realm_counts: listWith(aRealmCount(), key, text) });
const installation = (key: string, text?: string) => ({
  installation_counts: listWith(anInstallationCount(), key, text),
});
const event = (key: string, text?: string) => ({ realmauditlog_rows: listWith(anEvent(), key, text) });
const realm = (key: string, text?: string) => ({ realms: listWith(aRealm(), key, text) });

const far = (length: number) => Array.from({ length }, () => aRealmCount());

describe('an upload of the wrong shape', () => {
  it.each([
    ['realm_counts', 'J1'],
    ['installation_counts', 'J1, the other list'],
  ])('%s is missing: %s', async (name) => {
    const answer = await upload(service, auth, { [name]: undefined });
    expect(answer.status).toBe(400);
    expect(answer.body).toEqual({
      result: 'error',
      msg: `Missing '${name}' argument`,
      code: 'REQUEST_VARIABLE_MISSING',
      var_name: name,
    });
  });

  const cases: [string, object, string][] = [
    ['J2', { realm_counts: 'xx' }, 'realm_counts is not valid JSON'],
    ['J2, empty', { realm_counts: '' }, 'realm_counts is not valid JSON'],
    ['J2, cut off', { realm_counts: '[{"id":1' }, 'realm_counts is not valid JSON'],
    [
      'J2, a comma at the end',
      { realm_counts: `${JSON.stringify(far(400)).slice(0, -1)},]` },
      'realm_counts is not valid JSON',
    ],
    ['J2, two lists', { realm_counts: '[][]' }, 'realm_counts is not valid JSON'],
    ['J2, the wrong bracket', { realm_counts: '[}' }, 'realm_counts is not valid JSON'],
    [
      'J2, broken far behind a wrong row',
      { realm_counts: `[5,${JSON.stringify(far(400)).slice(1, -1)},oops]` },
      'realm_counts is not valid JSON',
    ],
    ['J3', { realm_counts: '{}' }, 'realm_counts is not a list'],
    ['J3, null', { realm_counts: 'null' }, 'realm_counts is not a list'],
    ['J3, realms', { realms: 'null' }, 'realms is not a list'],
    ['J3, text', { installation_counts: '"x"' }, 'installation_counts is not a list'],
    ...['"1"', '1.0', 'true', 'null'].map((text): [string, object, string] => [
      `J4, ${text}`,
      count('id', text),
      'realm_counts[0]["id"] is not an integer',
    ]),
    ['a number of 65 bits', count('id', '9223372036854775808'), 'realm_counts[0]["id"] is out of range'],
    [
      'a value of 65 bits',
      installation('value', '-9223372036854775809'),
      'installation_counts[0]["value"] is out of range',
    ],
    ['J6', count('end_time', '"5"'), 'realm_counts[0]["end_time"] is not a float'],
    ['J6, null', count('end_time', 'null'), 'realm_counts[0]["end_time"] is not a float'],
    ['a time behind the calendar', count('end_time', '253402300800'), 'realm_counts[0]["end_time"] is out of range'],
    [
      'a time before the calendar',
      event('event_time', '-1e300'),
      'realmauditlog_rows[0]["event_time"] is out of range',
    ],
    ['J7', count('subgroup', '5'), 'realm_counts[0]["subgroup"] is not a string'],
    [
      'a long subgroup',
      count('subgroup', `"${'x'.repeat(17)}"`),
      'realm_counts[0]["subgroup"] is too long (limit: 16 characters)',
    ],
    ['J8', event('backfilled', '0'), 'realmauditlog_rows[0]["backfilled"] is not a boolean'],
    ['J9', event('extra_data', '[1]'), 'realmauditlog_rows[0]["extra_data"]["str"] is not a string'],
    ['J9, a number', event('extra_data', '5'), 'realmauditlog_rows[0]["extra_data"]["str"] is not a string'],
    [
      'J11',
      realm('authentication_methods', '{"Email":1}'),
      'realms[0]["authentication_methods"]["Email"] is not a boolean',
    ],
    ['J11, a list', realm('authentication_methods', '[]'), 'realms[0]["authentication_methods"] is not a dict'],
    ['J12', { version: '2.0' }, 'version is not a string'],
    ['J12, null', { version: 'null' }, 'version is not a string'],
    ['J12, 9.0-dev', { version: '9.0-dev' }, 'version is not valid JSON'],
    ['J13', { api_feature_level: '"1"' }, 'api_feature_level is not an integer'],
    ['a negative feature level', { api_feature_level: '-1' }, 'api_feature_level is out of range'],
    [
      'a long merge base',
      { merge_base: JSON.stringify('x'.repeat(129)) },
      'merge_base is too long (limit: 128 characters)',
    ],
    ['a key missing in a count', count('value'), 'realm_counts[0]["value"] field is missing'],
    ['no subgroup', count('subgroup'), 'realm_counts[0]["subgroup"] field is missing'],
    ['a key missing in an event', event('extra_data'), 'realmauditlog_rows[0]["extra_data"] field is missing'],
    ['a key missing in a realm', realm('url'), 'realms[0]["url"] field is missing'],
    ['an element that is no object', { realm_counts: '[5]' }, 'realm_counts[0] is not a dict'],
    ['an element that is a list', { realms: '[[]]' }, 'realms[0] is not a dict'],
    ['a bad UUID', realm('uuid', '"xyz"'), 'Invalid realms[0]["uuid"]: Value error, Not a valid version 4 UUID'],
    [
      'a UUID of version 1',
      realm('uuid', '"2c05ee14-c948-11ee-a506-0242ac120002"'),
      'Invalid realms[0]["uuid"]: Value error, Not a valid version 4 UUID',
    ],
    ['C10, 118', realm('org_type', '11'), 'Invalid realms[0]["org_type"]: Value error, Not a valid org_type value'],
    ['C10, a boolean', realm('org_type', 'true'), 'realms[0]["org_type"] is not an integer'],
    ['C19', realm('foo', '1'), 'Argument "foo" at realms[0]["foo"] is unexpected'],
    [
      'a wrong row far behind',
      { realm_counts: [...far(777), { ...aRealmCount(), value: 'x' }] },
      'realm_counts[777]["value"] is not an integer',
    ],
    [
      'two problems',
      { ...realm('id', '"x"'), ...event('id', 'true'), ...count('id') },
      'realm_counts[0]["id"] field is missing',
    ],
    [
      'an enormous element',
      { realm_counts: `[{"x":"${'x'.repeat(300_000)}"}]` },
      'realm_counts is too long (limit: 262144 characters)',
    ],
  ];

  it.each(cases)('%s: is refused in clear words, and nothing changes', async (_what, parameters, msg) => {
    const before = await everything(service, auth);
    const answer = await upload(service, auth, { ...parameters });
    expect(answer.body).toEqual(refused(msg));
    expect(answer.status).toBe(400);
    expect(await everything(service, auth)).toEqual(before);
  });

  it.each([
    [
      'a name given twice',
      'realm_counts=[]&installation_counts=[]&realm_counts=[]',
      "Duplicate 'realm_counts' argument",
    ],
    ['broken percent-encoding', 'realm_counts=[]%5&installation_counts=[]', 'Malformed form data'],
    ['bytes that are no UTF-8', 'realm_counts=[]&installation_counts=[]&version=%ff', 'Malformed form data'],
    ['a NUL', 'realm_counts=[]&installation_counts=[]&version=%00', 'Malformed form data'],
  ])('%s: is refused as every form is', async (_what, raw, msg) => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const answer = await service.call('server/analytics', { auth, raw, headers });
    expect(answer.body).toEqual(refused(msg));
    expect(answer.status).toBe(400);
  });
});

describe('an upload', () => {
  it('J5, J10: may have whole times and keys that nobody knows', async () => {
    const answer = await upload(service, auth, { realm_counts: [aRealmCount({ end_time: 5, more: { a: [1.5] } })] });
    expect(answer.body).toEqual(OK);
    expect(await stored(service, auth)).toEqual([1, 0, 0, 0]);
  });

  it('J14: is told of parameters that nobody knows', async () => {
    const answer = await upload(service, auth, { foo: '1', bar: 'x' });
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({ ...OK, ignored_parameters_unsupported: ['bar', 'foo'] });
  });

  it('may come in the query, in pieces, and with text beyond ASCII', async () => {
    const raw = 'installation_counts=%5B%5D&realms=%5B+%5D&version=%22Zürich+%F0%9F%8E%89%22';
    const answer = await service.call('server/analytics?realm_counts=[]', {
      auth,
      raw,
      headers: { 'transfer-encoding': 'chunked' },
    });
    expect(answer.body).toEqual(OK);
    expect(await service.rows('SELECT last_version FROM remote_servers WHERE id = $1', [auth.id])).toEqual([
      { last_version: 'Zürich 🎉' },
    ]);
  });

  it('J15, J16, 126: has its version cut, and without versions forgets those known', async () => {
    const versions = async () =>
      (
        await service.rows(
          'SELECT last_version, last_merge_base, last_api_feature_level FROM remote_servers WHERE id = $1',
          [auth.id],
        )
      )[0];
    await upload(service, auth, {
      version: JSON.stringify(`${'v'.repeat(127)}🎉${'v'.repeat(200)}`),
      merge_base: '"base"',
      api_feature_level: 400,
    });
    expect(await versions()).toEqual({
      last_version: `${'v'.repeat(127)}🎉`,
      last_merge_base: 'base',
      last_api_feature_level: 400,
    });
    await upload(service, auth, { version: '"x"' });
    expect(await versions()).toEqual({ last_version: 'x', last_merge_base: null, last_api_feature_level: null });
    await upload(service, auth);
    expect(await versions()).toEqual({ last_version: null, last_merge_base: null, last_api_feature_level: null });
  });

  it('may hold statistics that the operator has allowed', async () => {
    const answer = await upload(service, auth, { realm_counts: [aRealmCount({ property: 'brand_new::day' })] });
    expect(answer.body).toEqual(OK);
    expect(await stored(service, auth)).toEqual([1, 0, 0, 0]);
  });

  it('is refused before its body is read where the server is unknown, and where it is announced as too large', async () => {
    const stranger = { uuid: auth.uuid, key: 'x'.repeat(64) };
    const answer = await upload(service, stranger, { realm_counts: far(2_000) });
    expect(answer.status).toBe(401);
    const headers = { 'content-length': String(25 * 1024 * 1024 + 1) };
    const large = await service.call('server/analytics', { auth, raw: 'x', headers });
    expect(large.status).toBe(413);
    expect(large.body).toMatchObject({ result: 'error' });
  });
});
