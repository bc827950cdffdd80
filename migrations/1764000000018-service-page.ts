import type { MigrationInterface, QueryRunner } from 'typeorm';

/** How the service fares, for the operators' page: its processes, and the last run of each periodic job. */
export class ServicePage1764000000018 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE service_nodes (
        id uuid CONSTRAINT service_nodes_pkey PRIMARY KEY,
        name text NOT NULL,
        version text NOT NULL,
        started_at timestamptz NOT NULL,
        reported_at timestamptz NOT NULL,
        report jsonb NOT NULL
      ) WITH (fillfactor = 50);

      CREATE TABLE job_runs (
        job text CONSTRAINT job_runs_pkey PRIMARY KEY,
        started_at timestamptz NOT NULL,
        finished_at timestamptz,
        failed boolean NOT NULL DEFAULT false
      ) WITH (fillfactor = 50);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TABLE job_runs;
      DROP TABLE service_nodes;
    `);
  }
}
