import type { MigrationInterface, QueryRunner } from 'typeorm';

/** By which operators read the audit logs of a server and its organizations as one, newest first, all of it or what the service noted. */
export class SupportLogs1764000000019 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE INDEX remote_realm_audit_log_server_time_idx ON remote_realm_audit_log (server_id, event_time, id);
      CREATE INDEX remote_realm_audit_log_noted_idx ON remote_realm_audit_log (server_id, event_time, id) WHERE remote_id IS NULL;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP INDEX remote_realm_audit_log_noted_idx;
      DROP INDEX remote_realm_audit_log_server_time_idx;
    `);
  }
}
