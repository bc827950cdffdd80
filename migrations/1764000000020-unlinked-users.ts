import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Users of a server with a device that is tied to no organization, counted with the other figures of its usage. */
export class UnlinkedUsers1764000000020 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE usage_figures ADD COLUMN unlinked_users integer NOT NULL DEFAULT 0');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE usage_figures DROP COLUMN unlinked_users');
  }
}
