import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The provider token that all nodes show to Apple, sealed so that only who holds the signing key can read it. */
export class ProviderTokens1764000000009 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE provider_tokens (
        team_id text NOT NULL,
        key_id text NOT NULL,
        issued_at timestamptz NOT NULL,
        renewed_early_at timestamptz,
        sealed_token text NOT NULL,
        CONSTRAINT provider_tokens_pkey PRIMARY KEY (team_id, key_id)
      )
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE provider_tokens');
  }
}
