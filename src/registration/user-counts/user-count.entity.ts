import { Column, Entity, Index, PrimaryGeneratedColumn } from 'typeorm';

/**
 * How many people a server or realm has, derived from the audit log so that a push needs no look into it. No row means nobody was
 * ever reported. Row without `realmId`: the whole server.
 */
@Entity('user_counts')
@Index('user_counts_server_key', ['serverId'], { unique: true, where: '"realm_id" IS NULL' })
@Index('user_counts_realm_key', ['realmId'], { unique: true, where: '"realm_id" IS NOT NULL' })
export class UserCountRow {
  @PrimaryGeneratedColumn('identity', {
    type: 'bigint',
    generatedIdentity: 'BY DEFAULT',
    primaryKeyConstraintName: 'user_counts_pkey',
  })
  id!: string;

  @Column('bigint')
  serverId!: string;

  @Column('bigint', { nullable: true })
  realmId!: string | null;

  /** Humans of all roles, guests included; bots never count. */
  @Column('integer')
  users!: number;

  @Column('integer')
  guests!: number;

  /** When a record dated in the future takes effect: from then on the row has to be derived anew. */
  @Column('timestamptz', { nullable: true })
  dueAt!: Date | null;
}
