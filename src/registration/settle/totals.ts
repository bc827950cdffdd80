import { endOfUtcDay } from '../counts/day-bucket.js';

/** What the service counts itself, per UTC day. */
export type PushProperty = 'mobile_pushes_received::day' | 'mobile_pushes_forwarded::day';

/** One row to be added to. */
export interface Total {
  /** Whose it is: a server's id, or a realm's. */
  readonly id: string;
  readonly serverId: string;
  readonly property: PushProperty;
  readonly end: Date;
  value: number;
}

/** Sums increments by row, so that each row is written once. */
export class Totals {
  private readonly rows = new Map<string, Total>();

  /** Adds to the row of `id` for the UTC day of `at`. */
  add(id: string, serverId: string, property: PushProperty, value: number, at: Date): void {
    const end = endOfUtcDay(at);
    const key = `${id} ${property} ${end.getTime()}`;
    const row = this.rows.get(key);
    if (row) row.value += value;
    else this.rows.set(key, { id, serverId, property, end, value });
  }

  /** The rows in the one order in which every node writes them. */
  sorted(): Total[] {
    return [...this.rows.values()].sort(
      (a, b) => byId(a.id, b.id) || compare(a.property, b.property) || a.end.getTime() - b.end.getTime(),
    );
  }
}

/** The order of ids, which are positive decimal numbers too large for JavaScript's own. */
export function byId(a: string, b: string): number {
  return a.length - b.length || compare(a, b);
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
