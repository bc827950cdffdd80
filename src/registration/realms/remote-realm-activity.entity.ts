import { Column, Entity, PrimaryColumn } from 'typeorm';

/** When a realm was last named in a request; apart from the realm's row for the reason given in `RemoteServerActivity`. */
@Entity('remote_realm_activity')
export class RemoteRealmActivity {
  @PrimaryColumn('bigint', { primaryKeyConstraintName: 'remote_realm_activity_pkey' })
  realmId!: string;

  @Column('timestamptz')
  lastRequestAt!: Date;
}
