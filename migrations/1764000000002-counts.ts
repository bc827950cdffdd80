import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Usage statistics, partitioned by the end of the interval so that old ones can be dropped a month at a time. The default
 * partition takes what lies outside the months made so far.
 */
export class Counts1764000000002 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE SEQUENCE remote_installation_counts_id_seq;
      CREATE TABLE remote_installation_counts (
        id bigint NOT NULL DEFAULT nextval('remote_installation_counts_id_seq'),
        end_time timestamptz NOT NULL,
        server_id bigint NOT NULL
          CONSTRAINT remote_installation_counts_server_fkey REFERENCES remote_servers (id) ON DELETE CASCADE,
        property varchar(32) NOT NULL,
        subgroup varchar(16),
        value bigint NOT NULL,
        remote_id bigint,
        CONSTRAINT remote_installation_counts_pkey PRIMARY KEY (id, end_time)
      ) PARTITION BY RANGE (end_time);
      ALTER SEQUENCE remote_installation_counts_id_seq OWNED BY remote_installation_counts.id;
      CREATE TABLE remote_installation_counts_other PARTITION OF remote_installation_counts DEFAULT;
      CREATE UNIQUE INDEX remote_installation_counts_subgroup_key
        ON remote_installation_counts (server_id, property, subgroup, end_time) WHERE subgroup IS NOT NULL;
      CREATE UNIQUE INDEX remote_installation_counts_total_key
        ON remote_installation_counts (server_id, property, end_time) WHERE subgroup IS NULL;
      CREATE INDEX remote_installation_counts_remote_id_idx
        ON remote_installation_counts (server_id, remote_id) WHERE remote_id IS NOT NULL;
      CREATE INDEX remote_installation_counts_forwarded_idx
        ON remote_installation_counts (server_id, end_time) WHERE property = 'mobile_pushes_forwarded::day';

      CREATE SEQUENCE remote_realm_counts_id_seq;
      CREATE TABLE remote_realm_counts (
        id bigint NOT NULL DEFAULT nextval('remote_realm_counts_id_seq'),
        end_time timestamptz NOT NULL,
        server_id bigint NOT NULL
          CONSTRAINT remote_realm_counts_server_fkey REFERENCES remote_servers (id) ON DELETE CASCADE,
        remote_realm_id bigint
          CONSTRAINT remote_realm_counts_realm_fkey REFERENCES remote_realms (id) ON DELETE CASCADE,
        realm_id bigint,
        property varchar(32) NOT NULL,
        subgroup varchar(16),
        value bigint NOT NULL,
        remote_id bigint,
        CONSTRAINT remote_realm_counts_pkey PRIMARY KEY (id, end_time)
      ) PARTITION BY RANGE (end_time);
      ALTER SEQUENCE remote_realm_counts_id_seq OWNED BY remote_realm_counts.id;
      CREATE TABLE remote_realm_counts_other PARTITION OF remote_realm_counts DEFAULT;
      CREATE UNIQUE INDEX remote_realm_counts_local_subgroup_key
        ON remote_realm_counts (server_id, realm_id, property, subgroup, end_time) WHERE subgroup IS NOT NULL;
      CREATE UNIQUE INDEX remote_realm_counts_local_total_key
        ON remote_realm_counts (server_id, realm_id, property, end_time) WHERE subgroup IS NULL;
      CREATE UNIQUE INDEX remote_realm_counts_remote_subgroup_key
        ON remote_realm_counts (remote_realm_id, property, subgroup, end_time) WHERE subgroup IS NOT NULL;
      CREATE UNIQUE INDEX remote_realm_counts_remote_total_key
        ON remote_realm_counts (remote_realm_id, property, end_time) WHERE subgroup IS NULL;
      CREATE INDEX remote_realm_counts_remote_id_idx
        ON remote_realm_counts (server_id, remote_id) WHERE remote_id IS NOT NULL;
      CREATE INDEX remote_realm_counts_property_idx ON remote_realm_counts (property, end_time);
      CREATE INDEX remote_realm_counts_unlinked_idx
        ON remote_realm_counts (server_id, realm_id) WHERE remote_realm_id IS NULL;

      CREATE TABLE upload_watermarks (
        server_id bigint CONSTRAINT upload_watermarks_pkey PRIMARY KEY
          CONSTRAINT upload_watermarks_server_fkey REFERENCES remote_servers (id) ON DELETE CASCADE,
        realm_count_id bigint NOT NULL DEFAULT 0,
        installation_count_id bigint NOT NULL DEFAULT 0,
        realm_audit_log_id bigint NOT NULL DEFAULT 0
      );
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TABLE upload_watermarks;
      DROP TABLE remote_realm_counts;
      DROP TABLE remote_installation_counts;
    `);
  }
}
