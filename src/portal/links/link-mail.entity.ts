import { Column, Entity, Index, PrimaryGeneratedColumn } from 'typeorm';

/** That a mail with a link was sent for a server or one of its realms. Kept for a day. */
@Entity('portal_link_mails')
@Index('portal_link_mails_server_idx', ['serverId', 'sentAt'])
@Index('portal_link_mails_address_idx', ['addressDigest', 'sentAt'])
@Index('portal_link_mails_sent_idx', ['sentAt'])
export class LinkMail {
  @PrimaryGeneratedColumn('identity', {
    type: 'bigint',
    generatedIdentity: 'BY DEFAULT',
    primaryKeyConstraintName: 'portal_link_mails_pkey',
  })
  id!: string;

  @Column('bigint')
  serverId!: string;

  /** Keyed digest of the network address that asked for it. */
  @Column('bytea')
  addressDigest!: Buffer;

  @Column('timestamptz')
  sentAt!: Date;
}
