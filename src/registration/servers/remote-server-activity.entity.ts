import { Column, Entity, PrimaryColumn } from 'typeorm';

/**
 * When a server last asked for anything. Apart from the server's row, since every request writes it, and must not wait for an
 * upload that holds that row locked.
 */
@Entity('remote_server_activity')
export class RemoteServerActivity {
  @PrimaryColumn('bigint', { primaryKeyConstraintName: 'remote_server_activity_pkey' })
  serverId!: string;

  @Column('timestamptz')
  lastRequestAt!: Date;
}
