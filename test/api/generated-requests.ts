import fc from 'fast-check';
import type { Endpoint } from './endpoints.js';

/** A request as the generator makes it: a plain value, so that one that failed can be kept as an example. */
export interface GeneratedRequest {
  /** The part of the path behind `/api/v1/remotes/`, perhaps with a query. */
  readonly path: string;
  readonly method: string;
  readonly credentials: 'good' | 'none' | 'wrong' | { readonly header: string };
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

/** The UUID that generated requests name a user, a realm or a server by. */
export const KNOWN_UUID = '5b2a4f9e-6a0c-4a8e-9d8c-2f1f0c6a7b10';

/** Texts that parsers, databases and careless code stumble over. */
const NASTY = fc.constantFrom(
  ...['', ' ', '\0', '%', '%00', '%ff', '+', '&', '=', '\r\n', '"', "'; DROP TABLE devices; --", '\u202e', '\ufeff'],
  ...['__proto__', 'constructor', 'null', 'true', '[]', '{}', '{', '""', '"x"', '-0', '1.0', '1e3', '1e400', 'NaN'],
  ...['9007199254740993', '9223372036854775807', '9223372036854775808', '-9223372036854775809', '9'.repeat(400)],
  ...['x'.repeat(4097), '['.repeat(70), '\u{1f4f1}', 'e\u0301', '../..', '<script>', '\ud7ff'],
);

const anyText = fc.oneof(NASTY, fc.string({ unit: 'binary', maxLength: 40 }));

const anyJson = fc.oneof(
  fc.constantFrom<unknown>(1, 10, 1.5, -1, 2 ** 53, KNOWN_UUID, 'c0ffee', {}, [], null, true, { priority: 'high' }),
  fc.jsonValue({ maxDepth: 3 }),
  anyText,
);

/** Values that are right, by the name of the field: without them hardly a request would get past the first checks. */
const GOOD: Readonly<Record<string, readonly unknown[]>> = {
  user_id: [10, 11],
  user_uuid: [KNOWN_UUID],
  realm_uuid: [KNOWN_UUID],
  token: ['c0ffee', 'C0FFEE', 'aa'],
  token_kind: [1, 2],
  ios_app_id: ['org.zulip.Zulip'],
  zulip_org_id: [KNOWN_UUID, '0f3c1b52-7f0d-4a39-8f4e-2f6a3c1d9b77'],
  zulip_org_key: ['k'.repeat(64)],
  new_org_key: ['k'.repeat(64)],
  hostname: ['zulip.example.invalid', 'other.example.invalid'],
  contact_email: ['admin@zulip.test'],
  access_token: ['abc'],
  gcm_payload: [{ event: 'message', zulip_message_id: 5 }, { event: 'remove', zulip_message_ids: '3,1' }, {}],
  apns_payload: [{ alert: { title: 't' }, badge: 0, custom: { zulip: {} } }, { alert: 'x', message_ids: [5] }, {}],
  gcm_options: [{ priority: 'high' }, {}],
  android_devices: [['c0ffee', 'bb'], []],
  apple_devices: [['c0ffee', 'C0ffee'], []],
  base_payload: [{ realm_name: 'R', realm_uri: 'https://zulip.example.invalid' }, {}],
  token_id: ['+wKIhyAx/Eg='],
  bouncer_public_key: ['B6N8vBQgk8i3VdwbEOhstCY3StFqqFPtC9/AsrhtHHw='],
  push_requests: [
    [],
    [{ token_id: '+wKIhyAx/Eg=', fcm_priority: 'high', payload: { push_key_id: 1, encrypted_data: 'eA==' } }],
  ],
  realm_counts: [
    [],
    [{ property: 'messages_sent:is_bot:hour', realm: 1, id: 1, end_time: 1.7e9, subgroup: null, value: 1 }],
  ],
  installation_counts: [[]],
  realmauditlog_rows: [
    [],
    [{ id: 1, realm: 1, event_time: 1.7e9, backfilled: false, extra_data: null, event_type: 101 }],
  ],
  realms: [[]],
  version: ['"8.0"'],
  merge_base: ['"8.0"'],
  api_feature_level: [235],
  user: [{ uuid: KNOWN_UUID, email: 'a@zulip.test', full_name: 'A' }],
  uri_scheme: ['https://'],
  next_page: ['billing'],
};

const rubbish = fc.oneof(anyText, fc.uint8Array({ maxLength: 60 }), fc.json());

const headers = fc.dictionary(
  fc.constantFrom(
    'content-type',
    'accept',
    'user-agent',
    'x-forwarded-for',
    'x-forwarded-host',
    'origin',
    'cookie',
    'expect',
  ),
  fc.oneof(
    fc.constantFrom(
      'application/json',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
      'text/plain',
    ),
    fc.stringMatching(/^[!-~]{0,30}$/),
  ),
  { maxKeys: 3 },
);

const credentials: fc.Arbitrary<GeneratedRequest['credentials']> = fc.oneof(
  { weight: 8, arbitrary: fc.constant('good' as const) },
  fc.constantFrom('none' as const, 'wrong' as const),
  fc.record({
    header: fc.oneof(
      fc.stringMatching(/^[!-~ ]{0,60}$/),
      fc.base64String().map((text) => `Basic ${text}`),
    ),
  }),
);

/** Requests to one of these endpoints: mostly shaped as they should be, with values that may or may not be right. */
export function requestTo(endpoints: readonly Endpoint[]): fc.Arbitrary<GeneratedRequest> {
  return fc.constantFrom(...endpoints).chain((endpoint) =>
    fc.record({
      path: fc.oneof(
        { weight: 9, arbitrary: fc.constant(endpoint.name) },
        anyText.map((text) => `${endpoint.name}?${encodeURIComponent(text).replaceAll('%25', '%')}`),
        form(endpoint.fields).map((query) => `${endpoint.name}?${query}`),
      ),
      method: fc.oneof(
        { weight: 9, arbitrary: fc.constant(endpoint.method) },
        fc.constantFrom('GET', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'PROPFIND'),
      ),
      credentials,
      headers,
      body: fc.oneof(
        { weight: 9, arbitrary: endpoint.body === 'json' ? json(endpoint.fields) : form(endpoint.fields) },
        rubbish,
      ),
    }),
  );
}

/** The known fields, mostly there and mostly right, and perhaps one or two that nobody knows. */
function fieldsOf<T>(names: readonly string[], good: (value: unknown) => T, bad: fc.Arbitrary<T>) {
  const chosen = (name: string): fc.Arbitrary<T | undefined> =>
    fc.oneof(
      { weight: 16, arbitrary: fc.constantFrom(...(GOOD[name] ?? ['x'])).map(good) },
      { weight: 2, arbitrary: fc.constant(undefined) },
      { weight: 1, arbitrary: bad },
    );
  const known = fc.record(Object.fromEntries(names.map((name) => [name, chosen(name)])));
  const unknown = fc.oneof({ weight: 6, arbitrary: fc.constant({}) }, fc.dictionary(anyText, bad, { maxKeys: 2 }));
  return fc
    .tuple(known, unknown)
    .map(([a, b]) => Object.entries({ ...b, ...a }).filter((entry): entry is [string, T] => entry[1] !== undefined));
}

function form(names: readonly string[]): fc.Arbitrary<string> {
  const written = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value));
  return fieldsOf(names, written, fc.oneof(anyText, anyJson.map(written))).map((fields) =>
    new URLSearchParams(fields).toString(),
  );
}

function json(names: readonly string[]): fc.Arbitrary<string> {
  return fieldsOf(names, (value) => value, anyJson).map((fields) => JSON.stringify(Object.fromEntries(fields)));
}
