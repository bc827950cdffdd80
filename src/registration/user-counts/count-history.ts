import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { Registrant } from '../registrants/registrant.js';
import { latestCount, PEOPLE, REALM_NUMBERS, SYNCED, TELLING } from './count-statements.js';
import { type CountedChange, countThrough, type KnownCount, type StoredChange } from './count-walk.js';

export type { CountedChange } from './count-walk.js';

// Times leave the database as text: a `Date` would lose the microseconds, and with them what tells "later than" from "the same".
const changes = (mine: string, group: string) => `
  SELECT ${group} AS group, a.id, people.users, a.event_time AS "eventTime", a.event_time::text AS "exactTime"
  FROM remote_realm_audit_log a CROSS JOIN LATERAL (${PEOPLE}) people
  WHERE ${mine} AND ${SYNCED} AND ${TELLING} AND a.event_time > $2::timestamptz AND a.event_time <= $3::timestamptz
  ORDER BY a.event_time, a.id`;

const CHANGES_OF_REALM = changes('a.remote_realm_id = $1', 'NULL');
const CHANGES_OF_SERVER = changes('a.server_id = $1', 'a.realm_id');

const KNOWN_OF_REALM = `
  SELECT NULL AS group, latest.id, latest.users
  FROM (SELECT 1) one ${latestCount('a.remote_realm_id = $1', '$2::timestamptz')}
  WHERE latest.id IS NOT NULL`;

const KNOWN_OF_SERVER = `
  WITH RECURSIVE ${REALM_NUMBERS}
  SELECT n.realm_id AS group, latest.id, latest.users
  FROM (SELECT realm_id FROM numbers WHERE realm_id IS NOT NULL) n
  ${latestCount('a.server_id = $1 AND a.realm_id = n.realm_id', '$2::timestamptz')}
  WHERE latest.id IS NOT NULL
  UNION ALL
  SELECT NULL, latest.id, latest.users
  FROM (SELECT 1) nameless ${latestCount('a.server_id = $1 AND a.realm_id IS NULL', '$2::timestamptz')}
  WHERE latest.id IS NOT NULL`;

/** How user counts went: after each change that a server reported. */
@Injectable()
export class CountHistory {
  /**
   * The changes of a server or realm later than `after` and not later than `until`, in the order of their times, each with the count
   * from then on.
   *
   * @param after an instant as the database wrote it, to the microsecond
   */
  async between(tx: EntityManager, registrant: Registrant, after: string, until: Date): Promise<CountedChange[]> {
    const [ofWhom, known, id] =
      'serverId' in registrant
        ? [CHANGES_OF_SERVER, KNOWN_OF_SERVER, registrant.serverId]
        : [CHANGES_OF_REALM, KNOWN_OF_REALM, registrant.realmId];
    const found = await tx.query<StoredChange[]>(ofWhom, [id, after, until]);
    if (found.length === 0) return [];
    return countThrough(await tx.query<KnownCount[]>(known, [id, after]), found);
  }
}
