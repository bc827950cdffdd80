import { AppError } from '../common/errors.js';
import type { Int64 } from '../database/array-literal.js';

/**
 * The rows of one list of an upload. Their numbers must rise, from above where the server's last upload ended; since that is only known
 * once the server's row is locked, the first breach of the rules is kept until then.
 */
export class OrderedRows<Row> {
  /** What is to be stored. */
  readonly rows: Row[] = [];
  private first: Int64 | undefined;
  private last: Int64 = 0;
  private breach: AppError | undefined;

  /** The highest number offered; 0 where there is none. */
  get highest(): bigint {
    return BigInt(this.last);
  }

  /**
   * Takes the next row.
   *
   * @param row undefined where it is let through without being stored
   * @param refusal why it may not be sent at all
   */
  offer(id: Int64, row: Row | undefined, refusal?: AppError): void {
    if (this.breach) return;
    if (refusal) this.breach = refusal;
    else if (this.first !== undefined && id <= this.last) this.breach = new AppError('upload.out-of-order');
    else {
      this.first ??= id;
      this.last = id;
      if (row !== undefined) this.rows.push(row);
    }
  }

  /** @throws AppError for the first row that breaks a rule, given where the last upload ended */
  check(mark: bigint): void {
    if (this.first !== undefined && this.first <= mark) throw new AppError('upload.out-of-order');
    if (this.breach) throw this.breach;
  }
}
