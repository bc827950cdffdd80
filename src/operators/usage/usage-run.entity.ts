import { Column, Entity, PrimaryColumn } from 'typeorm';

/** When a job last ran, on whichever node. */
@Entity('usage_runs')
export class UsageRun {
  @PrimaryColumn('text', { primaryKeyConstraintName: 'usage_runs_pkey' })
  job!: string;

  @Column('timestamptz')
  startedAt!: Date;

  /** Null while it runs, and after one that did not come to its end. */
  @Column('timestamptz', { nullable: true })
  finishedAt!: Date | null;
}
