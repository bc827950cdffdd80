import { Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import sodium from 'libsodium-wrappers';
import { z } from 'zod';
import { SettingsError } from '../../config/settings.js';
import { readCredentialFile } from '../credential-file.js';
import { decodeBase64 } from './base64.js';

const SETTING = 'E2EE_KEYS_FILE';
const KEY_BYTES = 32;

interface KeyPair {
  readonly publicKey: Buffer;
  readonly privateKey: Buffer;
}

const fileSchema = z.record(z.string(), z.string());

/**
 * The key pairs to whose public halves apps seal their registrations. Several at once, since apps live longer than keys: a pair is
 * added before the apps that know it are shipped, and removed to revoke it.
 */
export class RegistrationKeys implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger(RegistrationKeys.name);
  private readonly onHangUp = () => this.reload();

  private constructor(
    private readonly file: string | undefined,
    private pairs: ReadonlyMap<string, KeyPair>,
  ) {}

  /**
   * Reads the keys; without a file there are none.
   *
   * @throws SettingsError naming the setting and what is wrong, never anything from the file
   */
  static async load(file: string | undefined): Promise<RegistrationKeys> {
    await sodium.ready;
    return new RegistrationKeys(file, file === undefined ? new Map() : readPairs(file));
  }

  /** Without a file there is nothing to read again, and the signal keeps its usual meaning. */
  onModuleInit(): void {
    if (this.file !== undefined) process.on('SIGHUP', this.onHangUp);
  }

  onApplicationShutdown(): void {
    process.off('SIGHUP', this.onHangUp);
  }

  /** Whether this is one of our public keys, as base64. */
  knows(publicKey: string): boolean {
    return this.pairs.has(publicKey);
  }

  /** What was sealed to one of our public keys (libsodium's `crypto_box_seal`); undefined where it does not open. */
  open(publicKey: string, sealed: Buffer): Buffer | undefined {
    const pair = this.pairs.get(publicKey);
    if (!pair) return undefined;
    try {
      return Buffer.from(sodium.crypto_box_seal_open(sealed, pair.publicKey, pair.privateKey));
    } catch {
      // The cause is left out: it says no more than this, and holds what was sent.
      return undefined;
    }
  }

  private reload(): void {
    if (this.file === undefined) return;
    try {
      this.pairs = readPairs(this.file);
      this.logger.log('the keys for encrypted registrations were read again', { pairs: this.pairs.size });
    } catch (error) {
      const problem = error instanceof SettingsError ? error.message : `${SETTING} could not be read`;
      this.logger.error(`the keys for encrypted registrations stay as they were: ${problem}`);
    }
  }
}

function readPairs(file: string): ReadonlyMap<string, KeyPair> {
  const parsed = fileSchema.safeParse(parseJson(readCredentialFile(SETTING, file)));
  if (!parsed.success) throw new SettingsError(`${SETTING} is not a JSON object of public to private keys`);
  return new Map(
    Object.entries(parsed.data).map(([publicKey, privateKey], i) => [publicKey, toPair(publicKey, privateKey, i + 1)]),
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new SettingsError(`${SETTING} is not JSON`);
  }
}

function toPair(publicText: string, privateText: string, number: number): KeyPair {
  const publicKey = toKey(publicText, number);
  const privateKey = toKey(privateText, number);
  if (!publicKey.equals(sodium.crypto_scalarmult_base(privateKey))) {
    throw new SettingsError(`${SETTING}: in pair ${number} the public key does not belong to the private one`);
  }
  return { publicKey, privateKey };
}

function toKey(text: string, number: number): Buffer {
  const bytes = decodeBase64(text);
  if (bytes?.length === KEY_BYTES) return bytes;
  throw new SettingsError(`${SETTING}: pair ${number} does not consist of two keys of ${KEY_BYTES} bytes in base64`);
}
