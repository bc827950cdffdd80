import { X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import type { Clock } from '../../common/clock.js';
import { type ApnsSettings, SettingsError } from '../../config/settings.js';
import { parsePrivateKey, readCredentialFile } from '../credential-file.js';
import type { CredentialFacts } from '../provider-snapshot.js';
import { ProviderToken } from './provider-token.js';
import type { ProviderTokenStore } from './provider-token-store.js';

/** How we prove to Apple who we are. */
export type ApnsCredentials =
  | { readonly kind: 'token'; readonly token: ProviderToken }
  | { readonly kind: 'certificate'; readonly cert: string; readonly key: string; readonly expiresAt: Date };

/**
 * Reads the credentials that the settings name; undefined where they name none. `store` and `storeState`: see `ProviderToken`.
 *
 * @throws SettingsError for a file that is missing or broken
 */
export function readApnsCredentials(
  settings: ApnsSettings,
  clock: Clock,
  store: ProviderTokenStore,
  storeState: (works: boolean) => void,
): ApnsCredentials | undefined {
  const { keyFile, keyId, teamId, certFile, certKeyFile } = settings;
  if (keyFile && keyId && teamId) {
    const key = parsePrivateKey('APNS_KEY_FILE', readCredentialFile('APNS_KEY_FILE', keyFile), 'ec');
    if (key.asymmetricKeyDetails?.namedCurve !== 'prime256v1') {
      throw new SettingsError('APNS_KEY_FILE holds a key on another curve than P-256, which Apple uses');
    }
    return { kind: 'token', token: new ProviderToken({ key, keyId, teamId }, clock, store, storeState) };
  }
  if (certFile && certKeyFile) {
    const cert = readCredentialFile('APNS_CERT_FILE', certFile);
    const key = readCredentialFile('APNS_CERT_KEY_FILE', certKeyFile);
    try {
      createSecureContext({ cert, key });
      return { kind: 'certificate', cert, key, expiresAt: new Date(new X509Certificate(cert).validTo) };
    } catch {
      throw new SettingsError('APNS_CERT_FILE and APNS_CERT_KEY_FILE are not a certificate and its key in PEM form');
    }
  }
  return undefined;
}

/** What may be told of the credentials. `now`: milliseconds since the epoch. */
export function credentialFacts(credentials: ApnsCredentials, now: number): CredentialFacts {
  if (credentials.kind === 'certificate') return { kind: 'certificate', expiresAt: credentials.expiresAt };
  const { signing, issuedAt } = credentials.token;
  return {
    kind: 'signing-key',
    keyId: signing.keyId,
    ...(issuedAt === undefined ? {} : { tokenAgeSeconds: (now - issuedAt) / 1000 }),
  };
}
