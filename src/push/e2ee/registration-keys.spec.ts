import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sodium from 'libsodium-wrappers';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { SettingsError } from '../../config/settings.js';
import { generateKeyPair } from './key-pair.js';
import { RegistrationKeys } from './registration-keys.js';

const PUBLIC = 'B6N8vBQgk8i3VdwbEOhstCY3StFqqFPtC9/AsrhtHHw=';
const PRIVATE = 'AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA=';
const SEALED: Readonly<Record<string, string>> = {
  '{"token":"c0ffee","token_kind":"apns","ios_app_id":"example.app","timestamp":1700000000}':
    '/wbzTZ+1DGmYfrJglstAqYolcSaJ2g+zqDVZvafgjWwpG4JoBkHe5yhzSAw21CN/6KSgb5US5k75htaaqRzRt8a+bfLTEH/JPxQkECiBIQfmnHmqk48eVlvWU9ib9Lf8FAM9HdRz6aRuBxTxyHVLtdzLYDDaQgn1j9pUfcNVjWq+xJojC7KR/g==',
  '{"token":"android-tokenaz","token_kind":"fcm","ios_app_id":null,"timestamp":1700000000}':
    'zx0OFxDOuSKeSGhL9ZPOpFWGTEBfUUoKhjCcSIvkv18TPytHEVEXZv5+xESB7tuBRwRabZPPqFhVrNbb7d2dP5xL0NE9gYfGxi+9Ch1waarZD5c0vQ6qfhifTSKQWQ0l99tqbU/rLh0ZQJ9aqypxIO1X1cF5gp0VqDwBQWy0N7VVquMI2bik',
};

let folder: string;
const opened: RegistrationKeys[] = [];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keys-'));
  await sodium.ready;
});
afterAll(() => rm(folder, { recursive: true }));
afterEach(() => {
  for (const keys of opened.splice(0)) keys.onApplicationShutdown();
});

const file = () => join(folder, 'keys.json');
async function load(content: unknown): Promise<RegistrationKeys> {
  await writeFile(file(), typeof content === 'string' ? content : JSON.stringify(content));
  const keys = await RegistrationKeys.load(file());
  keys.onModuleInit();
  opened.push(keys);
  return keys;
}
const sealFor = (publicKey: string) => Buffer.from(sodium.crypto_box_seal('hello', Buffer.from(publicKey, 'base64')));
const text = (bytes: Buffer | undefined) => bytes?.toString();

describe('keys for encrypted registrations', () => {
  it.each(Object.entries(SEALED))('open %s', async (plain, sealed) => {
    const keys = await load({ [PUBLIC]: PRIVATE });
    expect(text(keys.open(PUBLIC, Buffer.from(sealed, 'base64')))).toBe(plain);
  });

  it('open nothing that was changed, cut, or sealed to another key', async () => {
    const other = await generateKeyPair();
    const keys = await load({ [PUBLIC]: PRIVATE, [other.publicKey]: other.privateKey });
    const sealed = sealFor(PUBLIC);
    const changed = Buffer.from(sealed);
    changed.writeUInt8(changed.readUInt8(50) ^ 1, 50);
    expect(keys.open(PUBLIC, changed)).toBeUndefined();
    expect(keys.open(PUBLIC, sealed.subarray(0, 47))).toBeUndefined();
    expect(keys.open(PUBLIC, Buffer.alloc(0))).toBeUndefined();
    expect(keys.open(other.publicKey, sealed)).toBeUndefined();
    expect([text(keys.open(PUBLIC, sealed)), text(keys.open(other.publicKey, sealFor(other.publicKey)))]).toEqual([
      'hello',
      'hello',
    ]);
  });

  it('are none without a file', async () => {
    const keys = await RegistrationKeys.load(undefined);
    keys.onModuleInit();
    expect(keys.knows(PUBLIC)).toBe(false);
    expect(process.listenerCount('SIGHUP')).toBe(0);
  });

  it.each([
    ['no JSON', '{', 'E2EE_KEYS_FILE is not JSON'],
    ['no object', '[1]', 'E2EE_KEYS_FILE is not a JSON object of public to private keys'],
    ['keys that are no text', { [PUBLIC]: 5 }, 'E2EE_KEYS_FILE is not a JSON object of public to private keys'],
    [
      'no base64',
      { [PUBLIC]: 'not base64' },
      'E2EE_KEYS_FILE: pair 1 does not consist of two keys of 32 bytes in base64',
    ],
    [
      'a short key',
      { [PUBLIC]: PRIVATE, AQID: PRIVATE },
      'E2EE_KEYS_FILE: pair 2 does not consist of two keys of 32 bytes in base64',
    ],
    [
      'a pair whose halves are swapped',
      { [PRIVATE]: PUBLIC },
      'E2EE_KEYS_FILE: in pair 1 the public key does not belong to the private one',
    ],
  ])('are refused from a file with %s', async (_, content, message) => {
    await expect(load(content)).rejects.toEqual(new SettingsError(message));
  });

  it('are refused from a file that is not there', async () => {
    await expect(RegistrationKeys.load(join(folder, 'nothing.json'))).rejects.toThrow(
      'E2EE_KEYS_FILE names a file that cannot be read (ENOENT)',
    );
  });

  it('are read again on SIGHUP, and stay as they were where the file is broken then', async () => {
    const keys = await load({ [PUBLIC]: PRIVATE });
    const added = await generateKeyPair();
    await writeFile(file(), JSON.stringify({ [added.publicKey]: added.privateKey }));
    process.emit('SIGHUP');
    expect([keys.knows(PUBLIC), keys.knows(added.publicKey)]).toEqual([false, true]);
    await writeFile(file(), '{"broken');
    process.emit('SIGHUP');
    expect(text(keys.open(added.publicKey, sealFor(added.publicKey)))).toBe('hello');
  });
});

describe('a new pair of keys', () => {
  it('is taken by the service, and is another each time', async () => {
    const [one, two] = [await generateKeyPair(), await generateKeyPair()];
    expect(one.privateKey).not.toBe(two.privateKey);
    const keys = await load({ [one.publicKey]: one.privateKey });
    expect(text(keys.open(one.publicKey, sealFor(one.publicKey)))).toBe('hello');
  });
});
