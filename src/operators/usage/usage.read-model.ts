import { Inject, Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import { Clock } from '../../common/clock.js';
import type { Settings } from '../../config/settings.js';
import { SETTINGS } from '../../config/settings.module.js';
import { orderBy, type UsageOrder } from './usage-columns.js';
import { UsageFigures } from './usage-figures.js';
import { IS_SELECTED, selectionValues, type UsageLimits, type UsageSelection } from './usage-selection.js';
import { type EntryRow, ROWS_OF_SERVERS, rowIds, rows as rowsOf, type TotalsRow, totals } from './usage-sql.js';

/** Rows of a page. */
export const PAGE_ROWS = 100;
/** Rows fetched at a time while all are streamed. */
const STREAM_ROWS = 500;

const HOUR_MILLIS = 3_600_000;

/** A part of the usage table, and the totals of all that was selected. */
export interface UsagePage {
  readonly rows: readonly EntryRow[];
  readonly totals: TotalsRow;
}

const TOTALS = totals(IS_SELECTED);

type RowId = Pick<EntryRow, 'server_id' | 'realm_id'>;
const keyOf = ({ server_id, realm_id }: RowId) => `${server_id}/${realm_id ?? ''}`;

/** Who uses the service, and how much: all servers that are active, organization by organization. */
@Injectable()
export class UsageReadModel {
  constructor(
    @InjectDataSource() private readonly database: DataSource,
    @Inject(UsageFigures) private readonly figures: UsageFigures,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /** When what was uploaded before is not believed, and how many users need no plan. */
  limits(): UsageLimits {
    const { auditLogStaleHours, freeUsers } = this.settings.plans;
    return { staleBefore: new Date(this.clock.millis() - auditLogStaleHours * HOUR_MILLIS), freeUsers };
  }

  /** The page of that number, the first being 0. */
  async page(selection: UsageSelection, order: UsageOrder, number: number): Promise<UsagePage> {
    await this.figures.refreshChanged();
    const values = selectionValues(selection, this.limits());
    const ids = await this.database.query<RowId[]>(
      `${rowIds(IS_SELECTED, orderBy(order))} LIMIT ${PAGE_ROWS} OFFSET $9`,
      [...values, number * PAGE_ROWS],
    );
    const rows = await this.rows(ids);
    const [row] = await this.database.query<TotalsRow[]>(TOTALS, values);
    if (!row) throw new Error('a statement without GROUP BY answered no row');
    return { rows, totals: row };
  }

  private async rows(ids: readonly RowId[]): Promise<EntryRow[]> {
    const servers = [...new Set(ids.map(({ server_id }) => server_id))];
    const found = await this.database.query<EntryRow[]>(ROWS_OF_SERVERS, [servers]);
    const byId = new Map(found.map((row) => [keyOf(row), row]));
    return ids.map((id) => byId.get(keyOf(id))).filter((row) => row !== undefined);
  }

  /** All rows of the selection, some at a time: a cursor keeps the rest in the database, however many there are. */
  async *stream(selection: UsageSelection, order: UsageOrder): AsyncGenerator<readonly EntryRow[]> {
    const runner = this.database.createQueryRunner();
    await runner.connect();
    try {
      await runner.startTransaction('REPEATABLE READ');
      // Who stops reading must not hold the transaction, and with it old rows, for ever.
      await runner.query("SET LOCAL idle_in_transaction_session_timeout = '60s'");
      const values = selectionValues(selection, this.limits());
      await runner.query(`DECLARE usage_rows NO SCROLL CURSOR FOR ${rowsOf(IS_SELECTED, orderBy(order))}`, values);
      for (;;) {
        const rows: EntryRow[] = await runner.query(`FETCH ${STREAM_ROWS} FROM usage_rows`);
        if (rows.length === 0) return;
        yield rows;
      }
    } finally {
      // Nothing was written, so there is nothing to commit; a reader who has gone away ends here too.
      if (runner.isTransactionActive) await runner.rollbackTransaction().catch(() => undefined);
      await runner.release();
    }
  }
}
