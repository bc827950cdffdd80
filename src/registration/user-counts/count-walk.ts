import { LARGEST } from './count-statements.js';

/** The record of a group (a realm, by its server's own number) that counts so far. */
export interface KnownCount {
  readonly group: string | null;
  /** Of the record; records count in the order in which they arrived. */
  readonly id: string;
  readonly users: number;
}

/** A reported change of users. */
export interface StoredChange extends KnownCount {
  readonly eventTime: Date;
  /** The same instant as the database writes it, to the microsecond. */
  readonly exactTime: string;
}

/** How many people there were once an event had happened. */
export interface CountedChange {
  readonly eventTime: Date;
  readonly exactTime: string;
  /** Of all groups together. */
  readonly users: number;
}

/**
 * How the count went from change to change. At each instant, that record of each group counts which arrived last among those that are not
 * later; changes of one instant therefore all see the same count.
 *
 * @param before what counts before the first change
 * @param changes in the order of their times
 */
export function countThrough(before: readonly KnownCount[], changes: readonly StoredChange[]): CountedChange[] {
  const known = new Map(before.map(({ group, id, users }) => [group, { id: BigInt(id), users }]));
  let total = before.reduce((sum, { users }) => sum + users, 0);
  const counted: CountedChange[] = [];
  for (let start = 0, end = 0; start < changes.length; start = end) {
    while (end < changes.length && changes[end]?.exactTime === changes[start]?.exactTime) end++;
    const together = changes.slice(start, end);
    for (const { group, id, users } of together) {
      const last = known.get(group);
      const arrived = BigInt(id);
      if (last && last.id > arrived) continue;
      known.set(group, { id: arrived, users });
      total += users - (last?.users ?? 0);
    }
    const users = Math.min(total, LARGEST);
    for (const { eventTime, exactTime } of together) counted.push({ eventTime, exactTime, users });
  }
  return counted;
}
