import { eventDetail, eventName, roleCounts } from './audit-event-texts.js';
import type { EventRow } from './audit-log.read-model.js';

/** An event in words. */
export interface EventView {
  readonly at: Date;
  readonly isEarlier: boolean;
  readonly name: string;
  readonly id: string;
  /** Whom it is about. */
  readonly whom: string;
  /** Who did it; empty: nobody. */
  readonly actor: string;
  readonly people: string;
  readonly detail: string;
}

/** An event in words. Ids of a server's own events begin with an S. */
export function eventView(row: EventRow): EventView {
  const { rank, event_type: type, extra_data: extra, realm_host: host, realm_number: number } = row;
  const stranger = number === null ? 'N/A' : `N/A, realm ID: ${number}`;
  return {
    at: row.event_time,
    isEarlier: row.backfilled,
    name: eventName(type),
    id: rank === 2 ? `S${row.id}` : row.id,
    whom: rank === 2 ? 'server' : (host ?? stranger),
    actor: actorOf(row),
    people: roleCounts(type, extra) ?? '',
    detail: eventDetail(type, extra),
  };
}

function actorOf({ operator, operator_id: id, billing_user: user }: EventRow): string {
  if (id !== null) return `${operator ?? `operator ${id}`} (operator)`;
  return user === null ? '' : `${user} (billing user)`;
}
