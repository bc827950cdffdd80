import { Column, Entity, PrimaryColumn } from 'typeorm';

/**
 * The highest row number that each server ever offered, per list. Kept apart from the rows, so that rows dropped as duplicates
 * are not offered again every hour.
 */
@Entity('upload_watermarks')
export class UploadWatermark {
  @PrimaryColumn('bigint', { primaryKeyConstraintName: 'upload_watermarks_pkey' })
  serverId!: string;

  @Column('bigint', { default: 0 })
  realmCountId!: string;

  @Column('bigint', { default: 0 })
  installationCountId!: string;

  @Column('bigint', { default: 0 })
  realmAuditLogId!: string;
}
