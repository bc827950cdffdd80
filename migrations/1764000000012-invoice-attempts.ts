import type { MigrationInterface, QueryRunner } from 'typeorm';

/** An invoice that Stripe closed before it was complete is made anew; the requests of each attempt have keys of their own. */
export class InvoiceAttempts1764000000012 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE invoice_builds ADD COLUMN attempt smallint NOT NULL DEFAULT 1');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE invoice_builds DROP COLUMN attempt');
  }
}
