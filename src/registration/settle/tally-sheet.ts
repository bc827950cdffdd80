import { endOfUtcDay } from '../counts/day-bucket.js';

/** What the service counts itself, per UTC day: devices aimed at, and devices reached. */
export type PushProperty = 'received' | 'forwarded';

/** Who is counted for. */
export interface Counted {
  readonly serverId: string;
  /** Absent: the request named no realm that is known. */
  readonly realmId?: string | undefined;
  /** The server's own totals do not move. */
  readonly realmOnly?: boolean | undefined;
}

/** What is counted for one server, or for one realm and its server. */
export interface TallyEntry {
  readonly serverId: string;
  readonly realmId: string | null;
  received: number;
  forwarded: number;
}

/** What becomes a row of `push_tallies`. */
export interface TallyGroup {
  /** End of the UTC day, milliseconds since the Unix epoch. */
  readonly end: number;
  readonly realmOnly: boolean;
  /** By realm, or by server where there is none. */
  readonly entries: Map<string, TallyEntry>;
}

/** Sums what notifications count, so that each server and realm is there once. */
export class TallySheet {
  /** Seldom more than one: all that is summed at once is of the same day, but at midnight. */
  readonly groups: TallyGroup[] = [];

  /** Adds to the UTC day of `at`. */
  add({ serverId, realmId, realmOnly = false }: Counted, property: PushProperty, value: number, at: Date): void {
    const { entries } = this.group(endOfUtcDay(at).getTime(), realmOnly);
    const key = realmId ?? `-${serverId}`;
    let entry = entries.get(key);
    if (!entry) {
      entry = { serverId, realmId: realmId ?? null, received: 0, forwarded: 0 };
      entries.set(key, entry);
    }
    entry[property] += value;
  }

  private group(end: number, realmOnly: boolean): TallyGroup {
    for (const group of this.groups) if (group.end === end && group.realmOnly === realmOnly) return group;
    const group: TallyGroup = { end, realmOnly, entries: new Map() };
    this.groups.push(group);
    return group;
  }
}

/** The order of ids, which are positive decimal numbers too large for JavaScript's own. */
export function byId(a: string, b: string): number {
  if (a.length !== b.length) return a.length - b.length;
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
