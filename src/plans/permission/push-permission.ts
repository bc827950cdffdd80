import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Clock } from '../../common/clock.js';
import type { Settings } from '../../config/settings.js';
import { SETTINGS } from '../../config/settings.module.js';
import { HotPool } from '../../database/hot-pool.js';
import { type ServerUserCounts, UserCounts } from '../../registration/user-counts/user-counts.js';
import { decidePermission, type PushPermission } from './decide-permission.js';
import {
  PERMISSION_COLUMNS,
  PERMISSION_JOINS,
  type PermissionRow,
  type StoredFacts,
  toFacts,
} from './permission-facts.js';

export type { PushPermission } from './decide-permission.js';

/** For whom permission is asked. */
export interface PermissionSubject {
  readonly serverId: string;
  /** Absent: the request names no realm that is known. */
  readonly realmId?: string | undefined;
}

const FACTS = `
  SELECT ${PERMISSION_COLUMNS}
  FROM (SELECT $1::bigint AS server_id, $2::bigint AS realm_id) q
  LEFT JOIN remote_realms r ON r.id = q.realm_id ${PERMISSION_JOINS}`;

const FACTS_OF_REALMS = `
  SELECT r.id AS subject_id, ${PERMISSION_COLUMNS}
  FROM (SELECT $1::bigint AS server_id) q
  JOIN remote_realms r ON r.id = ANY ($2::bigint[]) AND r.server_id = q.server_id ${PERMISSION_JOINS}`;

/**
 * Says who may send. Everything that it is decided by lies in our own tables, derived when an input changes, so that a push asks
 * nobody else; what lies there is compared with the clock only when it is read.
 */
@Injectable()
export class PushPermissions {
  constructor(
    @Inject(HotPool) private readonly pool: HotPool,
    @Inject(UserCounts) private readonly userCounts: UserCounts,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /** The permission of one subject, now. */
  async of(subject: PermissionSubject): Promise<PushPermission> {
    const { serverId, realmId } = subject;
    const [row] = await this.pool.query<PermissionRow & Record<string, unknown>>('push-permission', FACTS, [
      serverId,
      realmId ?? null,
    ]);
    if (!row) throw new Error('a statement for one row answered none');
    return this.decide(subject, toFacts(row));
  }

  /** The permission that follows from facts which a caller looked up along with something else. */
  async decide(subject: PermissionSubject, facts: StoredFacts): Promise<PushPermission> {
    if (!this.isOverdue(facts)) return this.judge(facts);
    return this.judge(withUsers(facts, await this.userCounts.catchUp(subject.serverId), subject.realmId));
  }

  /** The permissions of several realms of a server, as of the state that the transaction sees; by realm id. */
  async ofRealms(
    tx: EntityManager,
    serverId: string,
    realmIds: readonly string[],
  ): Promise<ReadonlyMap<string, PushPermission>> {
    const rows = await tx.query<(PermissionRow & { subject_id: string })[]>(FACTS_OF_REALMS, [serverId, realmIds]);
    const found = rows.map((row) => ({ realmId: row.subject_id, facts: toFacts(row) }));
    const overdue = found.some(({ facts }) => this.isOverdue(facts));
    const counts = overdue ? await this.userCounts.current(tx, serverId) : undefined;
    return new Map(
      found.map(({ realmId, facts }) => [realmId, this.judge(counts ? withUsers(facts, counts, realmId) : facts)]),
    );
  }

  /**
   * Derives anew what permission is decided by; called in the transaction that changes user counts or realms of a server. Holds the
   * server's row until it ends.
   */
  refresh(tx: EntityManager, serverId: string): Promise<void> {
    return this.userCounts.refresh(tx, serverId);
  }

  private isOverdue({ usersDueAt }: StoredFacts): boolean {
    return usersDueAt !== null && usersDueAt <= this.clock.now();
  }

  private judge(facts: StoredFacts): PushPermission {
    return decidePermission(facts, this.clock.now(), this.settings.plans);
  }
}

function withUsers(facts: StoredFacts, counts: ServerUserCounts, realmId: string | undefined): StoredFacts {
  const count = realmId === undefined ? counts.server : counts.realms.get(realmId);
  return { ...facts, users: count?.users ?? 0 };
}
