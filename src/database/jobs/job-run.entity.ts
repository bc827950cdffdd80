import { Column, Entity, PrimaryColumn } from 'typeorm';

/** The last run of a periodic job, on whichever node. */
@Entity('job_runs')
export class JobRun {
  @PrimaryColumn('text', { primaryKeyConstraintName: 'job_runs_pkey' })
  job!: string;

  @Column('timestamptz')
  startedAt!: Date;

  /** Null while it runs, and after one that was cut off. */
  @Column('timestamptz', { nullable: true })
  finishedAt!: Date | null;

  @Column('boolean', { default: false })
  failed!: boolean;
}
