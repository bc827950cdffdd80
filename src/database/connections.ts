import type pg from 'pg';
import type { DataSource } from 'typeorm';

/** The connections of a pool at this moment. */
export interface Connections {
  readonly open: number;
  /** Open, and nobody's. */
  readonly idle: number;
  /** Callers who wait for a connection. */
  readonly waiting: number;
  readonly limit: number;
}

export function connectionsOf(pool: pg.Pool): Connections {
  return { open: pool.totalCount, idle: pool.idleCount, waiting: pool.waitingCount, limit: pool.options.max };
}

/** Those of TypeORM, which keeps a pool of the same kind. */
export function connectionsOfSource(source: DataSource): Connections {
  return connectionsOf((source.driver as unknown as { readonly master: pg.Pool }).master);
}
