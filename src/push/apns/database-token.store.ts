import type { HotPool } from '../../database/hot-pool.js';
import type { ApnsSigningKey, IssuedToken, KeptToken, ProviderTokenStore } from './provider-token-store.js';
import { openToken, sealToken } from './token-seal.js';

const READ = 'SELECT issued_at, renewed_early_at, sealed_token FROM provider_tokens WHERE team_id = $1 AND key_id = $2';

/** `$6` is what was seen: a row that has changed since stays as it is, and nothing is returned. */
const REPLACE = `
  INSERT INTO provider_tokens (team_id, key_id, issued_at, renewed_early_at, sealed_token) VALUES ($1, $2, $3, $4, $5)
  ON CONFLICT ON CONSTRAINT provider_tokens_pkey DO UPDATE
    SET issued_at = excluded.issued_at, renewed_early_at = excluded.renewed_early_at, sealed_token = excluded.sealed_token
    WHERE provider_tokens.sealed_token = $6
  RETURNING issued_at, renewed_early_at, sealed_token`;

interface Row {
  readonly issued_at: Date;
  readonly renewed_early_at: Date | null;
  readonly sealed_token: string;
}

/** Keeps provider tokens in the database, for all nodes. A token is a credential: it is stored encrypted (`token-seal.ts`). */
export class DatabaseTokenStore implements ProviderTokenStore {
  constructor(private readonly pool: HotPool) {}

  async read(key: ApnsSigningKey): Promise<KeptToken | undefined> {
    const rows = await this.pool.query<Row & Record<string, unknown>>('read-provider-token', READ, [
      key.teamId,
      key.keyId,
    ]);
    return rows[0] && kept(key, rows[0]);
  }

  async replace(key: ApnsSigningKey, seen: string | undefined, next: IssuedToken): Promise<KeptToken | undefined> {
    const rows = await this.pool.query<Row & Record<string, unknown>>('replace-provider-token', REPLACE, [
      key.teamId,
      key.keyId,
      new Date(next.issuedAt),
      next.renewedEarlyAt === undefined ? null : new Date(next.renewedEarlyAt),
      await sealToken(key, next.token),
      seen ?? null,
    ]);
    return rows[0] ? kept(key, rows[0]) : this.read(key);
  }
}

async function kept(key: ApnsSigningKey, row: Row): Promise<KeptToken> {
  return {
    token: await openToken(key, row.sealed_token),
    issuedAt: row.issued_at.getTime(),
    ...(row.renewed_early_at ? { renewedEarlyAt: row.renewed_early_at.getTime() } : {}),
    version: row.sealed_token,
  };
}
