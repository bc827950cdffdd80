import { createSecureContext } from 'node:tls';
import type { Clock } from '../../common/clock.js';
import { type ApnsSettings, SettingsError } from '../../config/settings.js';
import { parsePrivateKey, readCredentialFile } from '../credential-file.js';
import { ProviderToken } from './provider-token.js';

/** How we prove to Apple who we are. */
export type ApnsCredentials =
  | { readonly kind: 'token'; readonly token: ProviderToken }
  | { readonly kind: 'certificate'; readonly cert: string; readonly key: string };

/**
 * Reads the credentials that the settings name; undefined where they name none.
 *
 * @throws SettingsError for a file that is missing or broken
 */
export function readApnsCredentials(settings: ApnsSettings, clock: Clock): ApnsCredentials | undefined {
  const { keyFile, keyId, teamId, certFile, certKeyFile } = settings;
  if (keyFile && keyId && teamId) {
    const key = parsePrivateKey('APNS_KEY_FILE', readCredentialFile('APNS_KEY_FILE', keyFile), 'ec');
    if (key.asymmetricKeyDetails?.namedCurve !== 'prime256v1') {
      throw new SettingsError('APNS_KEY_FILE holds a key on another curve than P-256, which Apple uses');
    }
    return { kind: 'token', token: new ProviderToken(key, keyId, teamId, clock) };
  }
  if (certFile && certKeyFile) {
    const cert = readCredentialFile('APNS_CERT_FILE', certFile);
    const key = readCredentialFile('APNS_CERT_KEY_FILE', certKeyFile);
    try {
      createSecureContext({ cert, key });
    } catch {
      throw new SettingsError('APNS_CERT_FILE and APNS_CERT_KEY_FILE are not a certificate and its key in PEM form');
    }
    return { kind: 'certificate', cert, key };
  }
  return undefined;
}
