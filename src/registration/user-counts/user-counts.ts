import { Inject, Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { Clock } from '../../common/clock.js';
import { COUNT_REALM, COUNT_REALMS, COUNT_SERVER, KEEP_REALMS, KEEP_SERVER } from './count-statements.js';

/** How many people there are: humans of all roles, and how many of them are guests. */
export interface UserCount {
  readonly users: number;
  readonly guests: number;
}

/** The counts of a server and of its realms, by their ids here. */
export interface ServerUserCounts {
  readonly server: UserCount;
  readonly realms: ReadonlyMap<string, UserCount>;
}

interface Row extends UserCount {
  readonly realm_id: string;
  readonly due_at: Date | null;
}

/** Registers may be changed meanwhile, keys too; whoever else derives counts of this server waits. */
const LOCK = 'SELECT id FROM remote_servers WHERE id = $1 FOR NO KEY UPDATE';

/**
 * Derives user counts from what servers reported, and keeps them where a push can read them. Whether the report is fresh enough to
 * be believed is not decided here.
 */
@Injectable()
export class UserCounts {
  private readonly catchingUp = new Map<string, Promise<ServerUserCounts>>();

  constructor(
    @Inject(DataSource) private readonly database: DataSource,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  /** Derives and keeps the counts of a server; called in the transaction that changed its audit log or its realms. */
  async refresh(tx: EntityManager, serverId: string): Promise<void> {
    await tx.query(LOCK, [serverId]);
    await this.derive(tx, serverId, true);
  }

  /** The counts as of now, from the audit log as the transaction sees it; nothing is kept. */
  current(tx: EntityManager, serverId: string): Promise<ServerUserCounts> {
    return this.derive(tx, serverId, false);
  }

  /**
   * The counts as of now, for kept ones whose time is over. Keeps them, unless an upload of the same server is under way: that one
   * will. Any number of callers share the work.
   */
  catchUp(serverId: string): Promise<ServerUserCounts> {
    const running = this.catchingUp.get(serverId);
    if (running) return running;
    const work = this.database
      .transaction(async (tx) => {
        const locked: unknown[] = await tx.query(`${LOCK} SKIP LOCKED`, [serverId]);
        return this.derive(tx, serverId, locked.length > 0);
      })
      .finally(() => this.catchingUp.delete(serverId));
    this.catchingUp.set(serverId, work);
    return work;
  }

  /** The count of a realm at some time; nobody where nothing was reported by then. */
  async ofRealmAt(tx: EntityManager, realmId: string, at: Date): Promise<UserCount> {
    return toCount((await tx.query<Row[]>(COUNT_REALM, [realmId, at]))[0]);
  }

  /** The count of a whole server at some time. */
  async ofServerAt(tx: EntityManager, serverId: string, at: Date): Promise<UserCount> {
    return toCount((await tx.query<Row[]>(COUNT_SERVER, [serverId, at]))[0]);
  }

  private async derive(tx: EntityManager, serverId: string, keep: boolean): Promise<ServerUserCounts> {
    const now = this.clock.now();
    const [server] = await tx.query<Row[]>(COUNT_SERVER, [serverId, now]);
    const realms = await tx.query<Row[]>(COUNT_REALMS, [serverId, now]);
    if (keep) {
      await tx.query(KEEP_SERVER, [serverId, server?.users ?? 0, server?.guests ?? 0, server?.due_at ?? null]);
      const column = <K extends keyof Row>(key: K) => realms.map((row) => row[key]);
      const columns = [column('realm_id'), column('users'), column('guests'), column('due_at')];
      if (realms.length > 0) await tx.query(KEEP_REALMS, [serverId, ...columns]);
    }
    return { server: toCount(server), realms: new Map(realms.map((row) => [row.realm_id, toCount(row)])) };
  }
}

function toCount(row: UserCount | undefined): UserCount {
  return { users: row?.users ?? 0, guests: row?.guests ?? 0 };
}
