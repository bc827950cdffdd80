import { readdirSync, readFileSync } from 'node:fs';
import { isSafeNumber, LosslessNumber, parse } from 'lossless-json';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { e2eeApnsBody, legacyApnsBody, testApnsBody } from './apns/apns-payload.js';
import { e2eeFcmMessage, legacyFcmMessage, parseFcmOptions, testFcmMessage } from './fcm/fcm-payload.js';
import { jsonText } from './payload-json.js';

const FOLDER = new URL('../../test/fixtures/push/', import.meta.url);
const TOKEN = 'a-token';
const NOW_SECONDS = 1_700_000_000;

const caseSchema = z.object({
  build: z.enum(['apns-legacy', 'apns-test', 'apns-e2ee', 'fcm-legacy', 'fcm-test', 'fcm-e2ee']),
  input: z.object({
    payload: z.record(z.string(), z.unknown()),
    priority: z.enum(['high', 'normal']).default('normal'),
  }),
  expected: z.unknown(),
});
type Case = z.infer<typeof caseSchema>;

const builders: Record<Case['build'], (input: Case['input'], exact: boolean) => string> = {
  'apns-legacy': ({ payload }, exact) => legacyApnsBody(payload, exact),
  'apns-test': ({ payload }, exact) => testApnsBody(payload, exact),
  'apns-e2ee': ({ payload }, exact) => e2eeApnsBody(payload, exact),
  'fcm-legacy': ({ payload, priority }, exact) => legacyFcmMessage(payload, priority, exact)(TOKEN),
  'fcm-test': ({ payload }, exact) => testFcmMessage(payload, NOW_SECONDS, exact)(TOKEN),
  'fcm-e2ee': ({ payload, priority }, exact) => e2eeFcmMessage(payload, priority, exact)(TOKEN),
};

/** Parses as request bodies are parsed: exactly where a number needs it. */
function parseExactly(text: string): { readonly value: unknown; readonly exact: boolean } {
  let exact = false;
  const value = parse(text, null, (digits) => {
    if (isSafeNumber(digits)) return Number(digits);
    exact = true;
    return new LosslessNumber(digits);
  });
  return { value, exact };
}

const names = readdirSync(FOLDER).filter((name) => name.endsWith('.json'));

describe('payloads', () => {
  it('have golden files of every kind', () => {
    const kinds = new Set(
      names.map((name) => caseSchema.parse(JSON.parse(readFileSync(new URL(name, FOLDER), 'utf8'))).build),
    );
    expect(kinds).toEqual(new Set(Object.keys(builders)));
  });

  it.each(names)('are built as %s says', (name) => {
    const { value, exact } = parseExactly(readFileSync(new URL(name, FOLDER), 'utf8'));
    const { build, input, expected } = caseSchema.parse(value);
    expect(builders[build](input, exact)).toBe(jsonText(expected, exact));
  });
});

describe('parseFcmOptions', () => {
  it('takes the priority from the kind of event where none is given', () => {
    expect(parseFcmOptions({}, { event: 'message' }, false)).toEqual({ ok: true, priority: 'high' });
    expect(parseFcmOptions({}, { event: 'remove' }, false)).toEqual({ ok: true, priority: 'normal' });
    expect(parseFcmOptions({}, {}, false)).toEqual({ ok: true, priority: 'normal' });
    expect(parseFcmOptions({ priority: null }, { event: 'message' }, false)).toEqual({ ok: true, priority: 'high' });
  });

  it('takes the priority that is given', () => {
    expect(parseFcmOptions({ priority: 'normal' }, { event: 'message' }, false)).toEqual({
      ok: true,
      priority: 'normal',
    });
    expect(parseFcmOptions({ priority: 'high' }, {}, false)).toEqual({ ok: true, priority: 'high' });
  });

  it.each([
    [{ priority: 'invalid' }, "Invalid GCM option to bouncer: priority 'invalid'"],
    [{ priority: 5 }, 'Invalid GCM option to bouncer: priority 5'],
    [{ invalid: true }, 'Invalid GCM options to bouncer: {"invalid":true}'],
    [{ priority: 'high', ttl: 1, x: 'y' }, 'Invalid GCM options to bouncer: {"ttl":1,"x":"y"}'],
    [{ priority: 'bad', x: 1 }, "Invalid GCM option to bouncer: priority 'bad'"],
  ])('refuses %j', (options, message) => {
    expect(parseFcmOptions(options, { event: 'message' }, false)).toEqual({ ok: false, message });
  });
});
