import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';

/**
 * What notifications of one moment had to be counted, until `PushTallies` adds it to the counts: the n-th server, realm, and numbers
 * belong together. No foreign keys: a notification does not wait for them, and what is deleted meanwhile counts for nothing.
 */
@Entity('push_tallies')
export class PushTally {
  @PrimaryGeneratedColumn('identity', {
    type: 'bigint',
    generatedIdentity: 'BY DEFAULT',
    primaryKeyConstraintName: 'push_tallies_pkey',
  })
  id!: string;

  /** End of the UTC day. */
  @Column('timestamptz')
  endTime!: Date;

  /** Only the realms' counts move. */
  @Column('boolean')
  realmOnly!: boolean;

  @Column('bigint', { array: true })
  serverIds!: string[];

  /** Null: the requests named no realm that is known. */
  @Column('bigint', { array: true })
  realmIds!: (string | null)[];

  /** Devices aimed at. */
  @Column('integer', { array: true })
  received!: number[];

  /** Devices reached. */
  @Column('integer', { array: true })
  forwarded!: number[];
}
