import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A figure of the whole service for one UTC day (`daily-figures.ts` lists them). */
@Entity('daily_totals')
export class DailyTotal {
  /** `YYYY-MM-DD`. */
  @PrimaryColumn('date', { primaryKeyConstraintName: 'daily_totals_pkey' })
  day!: string;

  @PrimaryColumn('text', { primaryKeyConstraintName: 'daily_totals_pkey' })
  figure!: string;

  @Column('bigint')
  value!: string;
}
