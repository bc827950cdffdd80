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

/** The rows of one property and one day, by id. */
interface Sheet {
  readonly property: PushProperty;
  readonly end: Date;
  readonly rows: Map<string, Total>;
}

/** Sums increments by row, so that each row is written once. */
export class Totals {
  /** Seldom more than one per property: all that is summed at once is of the same day, but at midnight. */
  private readonly sheets: Sheet[] = [];

  /** Adds to the row of `id` for the UTC day of `at`. */
  add(id: string, serverId: string, property: PushProperty, value: number, at: Date): void {
    const { rows, end } = this.sheet(property, endOfUtcDay(at));
    const row = rows.get(id);
    if (row) row.value += value;
    else rows.set(id, { id, serverId, property, end, value });
  }

  /** The rows in the one order in which every node writes them. */
  sorted(): Total[] {
    return this.sheets
      .flatMap(({ rows }) => [...rows.values()])
      .sort((a, b) => byId(a.id, b.id) || compare(a.property, b.property) || a.end.getTime() - b.end.getTime());
  }

  private sheet(property: PushProperty, end: Date): Sheet {
    for (const sheet of this.sheets) {
      if (sheet.property === property && sheet.end.getTime() === end.getTime()) return sheet;
    }
    const sheet = { property, end, rows: new Map<string, Total>() };
    this.sheets.push(sheet);
    return sheet;
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
