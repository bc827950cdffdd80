import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A process of the service, as it last told of itself. One that stops in order takes its row away. */
@Entity('service_nodes')
export class ServiceNode {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'service_nodes_pkey' })
  id!: string;

  /** Machine and process. */
  @Column('text')
  name!: string;

  @Column('text')
  version!: string;

  @Column('timestamptz')
  startedAt!: Date;

  @Column('timestamptz')
  reportedAt!: Date;

  /** See `node-report.ts`; another version of the service may have written another form. */
  @Column('jsonb')
  report!: unknown;
}
