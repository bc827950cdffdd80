import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Sessions of browsers, on every node and across restarts. */
export class BrowserSessions1764000000013 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE browser_sessions (
        id_digest bytea NOT NULL,
        site text NOT NULL,
        content jsonb NOT NULL,
        expires_at timestamptz NOT NULL,
        CONSTRAINT browser_sessions_pkey PRIMARY KEY (id_digest)
      )
    `);
    await runner.query('CREATE INDEX browser_sessions_expires_at_idx ON browser_sessions (expires_at)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE browser_sessions');
  }
}
