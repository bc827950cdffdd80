import { describe, expect, it } from 'vitest';
import { parseRegistration } from './push-registration.js';
import { tokenIdFromBytes, tokenIdOf } from './token-id.js';

const APPLE = { token: 'c0ffee', token_kind: 'apns', ios_app_id: 'example.app', timestamp: 1_700_000_000 };
const ANDROID = { token: 'android-tokenaz', token_kind: 'fcm', ios_app_id: null, timestamp: 1_700_000_000 };
const parse = (plain: unknown) =>
  parseRegistration(
    Buffer.isBuffer(plain) ? plain : Buffer.from(typeof plain === 'string' ? plain : JSON.stringify(plain)),
  );
const NOT_UTF8 = Buffer.from(JSON.stringify({ ...ANDROID, token: '\u00ff' }), 'latin1');

describe('an opened registration', () => {
  it('is read', () => {
    expect(parse(APPLE)).toEqual({ kind: 1, token: 'c0ffee', iosAppId: 'example.app', timestamp: 1_700_000_000 });
    expect(parse(ANDROID)).toEqual({ kind: 2, token: 'android-tokenaz', iosAppId: null, timestamp: 1_700_000_000 });
  });

  it.each([
    ['with further keys', { ...ANDROID, foo: 1 }],
    ['without an app id for Google', { ...ANDROID, ios_app_id: undefined }],
    ['with a time in the future', { ...ANDROID, timestamp: 32_503_680_000 }],
    ['with the longest token', { ...ANDROID, token: 'x'.repeat(4096) }],
    ['with capital digits', { ...APPLE, token: 'C0FFEE' }],
  ])('is read %s', (_, plain) => {
    expect(parse(plain)).toBeDefined();
  });

  it.each([
    ['text that is no JSON', '{'],
    ['JSON that is no object', '5'],
    ['bytes that are no UTF-8', NOT_UTF8],
    ['another kind', { ...APPLE, token_kind: 'xyz' }],
    ["Apple's kind without an app id", { ...APPLE, ios_app_id: null }],
    ["Google's kind with an app id", { ...ANDROID, ios_app_id: 'example.app' }],
    ['an app id of other characters', { ...APPLE, ios_app_id: '* -- +' }],
    ['no token', { ...ANDROID, token: '' }],
    ['a token that is no text', { ...ANDROID, token: 5 }],
    ['a token that is too long', { ...ANDROID, token: 'x'.repeat(4097) }],
    ["Apple's kind with another token", { ...APPLE, token: 'xyz non-hex characters' }],
    ["Apple's kind with half a byte", { ...APPLE, token: 'c0ffe' }],
    ['no time', { ...ANDROID, timestamp: undefined }],
    ['a time that is no integer', JSON.stringify(ANDROID).replace('1700000000', '1700000000.0')],
    ['a time in words', { ...ANDROID, timestamp: '1700000000' }],
  ])('is none with %s', (_, plain) => {
    expect(parse(plain)).toBeUndefined();
  });
});

describe('the id of a token', () => {
  it.each([
    ['c0ffee', '-359574906294109112', '+wKIhyAx/Eg='],
    ['android-tokenaz', '-8619504682278609404', 'iGFeKNj3ngQ='],
  ])('of %s is the same computed and as a server sends it', (token, number, base64) => {
    expect(tokenIdOf(token)).toBe(number);
    expect(tokenIdFromBytes(Buffer.from(base64, 'base64'))).toBe(number);
  });

  it('tells spellings apart, and is eight bytes long', () => {
    expect(tokenIdOf('C0FFEE')).not.toBe(tokenIdOf('c0ffee'));
    expect(tokenIdFromBytes(Buffer.alloc(7))).toBeUndefined();
    expect(tokenIdFromBytes(Buffer.alloc(9))).toBeUndefined();
  });
});
