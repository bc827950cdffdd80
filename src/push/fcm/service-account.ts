import type { KeyObject } from 'node:crypto';
import { z } from 'zod';
import { SettingsError } from '../../config/settings.js';
import { parsePrivateKey, readCredentialFile } from '../credential-file.js';

/** A Google service account: whom we are to Google, and where its access tokens come from. */
export interface ServiceAccount {
  readonly projectId: string;
  readonly email: string;
  readonly tokenUri: string;
  readonly keyId?: string;
  readonly key: KeyObject;
}

const SETTING = 'FCM_CREDENTIALS_FILE';

const fileSchema = z.object({
  project_id: z.string().min(1),
  client_email: z.string().min(1),
  private_key: z.string().min(1),
  private_key_id: z.string().optional(),
  token_uri: z.url({ protocol: /^https?$/ }).default('https://oauth2.googleapis.com/token'),
});

/**
 * Reads a service-account file as Google's console hands it out.
 *
 * @throws SettingsError naming the setting and the broken field, never its content
 */
export function readServiceAccount(path: string): ServiceAccount {
  let json: unknown;
  const text = readCredentialFile(SETTING, path);
  try {
    json = JSON.parse(text);
  } catch {
    throw new SettingsError(`${SETTING} is not JSON`);
  }
  const parsed = fileSchema.safeParse(json);
  if (!parsed.success) {
    const fields = parsed.error.issues.map((issue) => issue.path.join('.') || 'an object').join(', ');
    throw new SettingsError(`${SETTING} is not a service-account file: check ${fields}`);
  }
  const file = parsed.data;
  return {
    projectId: file.project_id,
    email: file.client_email,
    tokenUri: file.token_uri,
    ...(file.private_key_id === undefined ? {} : { keyId: file.private_key_id }),
    key: parsePrivateKey(SETTING, file.private_key, 'rsa'),
  };
}
