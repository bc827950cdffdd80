import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { JsonObject } from '../../protocol/json-text.js';
import { notifySchema, usualNotify } from './notify.schemas.js';

const USUAL: JsonObject = {
  user_id: 10,
  user_uuid: '0e540000-0000-4000-8000-00000000000a',
  realm_uuid: '4ea10000-0000-4000-8000-000000000001',
  gcm_payload: {},
  apns_payload: { alert: { title: 'x' }, custom: { zulip: { event: 'message' } } },
  gcm_options: { priority: 'high' },
  android_devices: [],
  apple_devices: ['aa', 'BB'],
};

test('a body as servers send it is not put to the schema, and read as the schema reads it', () => {
  expect(usualNotify(USUAL)).toEqual(notifySchema.parse(USUAL));
});

test.each<[string, JsonObject]>([
  ['without a number of the user', { ...USUAL, user_id: null }],
  ['with a number too large for JavaScript', { ...USUAL, user_id: 9_007_199_254_740_993n }],
  ['without a realm', { ...USUAL, realm_uuid: null }],
  ['with a UUID in capitals', { ...USUAL, user_uuid: '0E540000-0000-4000-8000-00000000000A' }],
  ['with a payload that is a list', { ...USUAL, apns_payload: [] }],
  ['with a device that is a number', { ...USUAL, apple_devices: [1] }],
  ['of an old server', { user_id: 10, gcm_payload: {}, apns_payload: {} }],
])('a body %s is left to the schema', (_name, body) => {
  expect(usualNotify(body)).toBeUndefined();
});

test('where the short way answers at all, it answers what the schema does', () => {
  const odd = fc.oneof(fc.jsonValue(), fc.bigInt(), fc.integer(), fc.uuid());
  const field = (name: string) => fc.oneof({ weight: 4, arbitrary: fc.constant(USUAL[name]) }, odd);
  const body = fc.record(Object.fromEntries([...Object.keys(USUAL), 'new'].map((name) => [name, field(name)])), {
    requiredKeys: [],
  });
  fc.assert(
    fc.property(body, (given) => {
      const quick = usualNotify(given as JsonObject);
      if (quick !== undefined) expect(quick).toEqual(notifySchema.parse(given));
    }),
    { numRuns: 500 },
  );
});
