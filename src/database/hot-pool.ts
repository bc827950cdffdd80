import { Logger } from '@nestjs/common';
import pg from 'pg';
import { type Connections, connectionsOf } from './connections.js';

/** Told of every statement that ended: its name and how long it took, the wait for a connection included. */
export type StatementObserver = (name: string, millis: number, failed: boolean) => void;

/**
 * Connections for the hot path alone, beside TypeORM's: a slow upload or page can never take the connection that a push is
 * waiting for. Statements are named, so PostgreSQL plans each once per connection, and rows are plain objects.
 */
export class HotPool {
  private readonly pool: pg.Pool;
  private observer: StatementObserver | undefined;
  private readonly logger = new Logger(HotPool.name);

  constructor(url: string, size = 8) {
    this.pool = new pg.Pool({
      connectionString: url,
      max: size,
      application_name: 'push-bouncer hot',
      connectionTimeoutMillis: 5_000,
      // A statement of the hot path takes milliseconds; one that takes longer is stuck, and the client should come again.
      statement_timeout: 10_000,
      keepAlive: true,
    });
    // An idle connection that breaks is replaced by the pool; without a listener the event would end the process.
    this.pool.on('error', () => this.logger.warn('an idle database connection broke'));
  }

  /** Runs a named prepared statement. */
  async query<Row extends pg.QueryResultRow>(name: string, text: string, values: unknown[]): Promise<Row[]> {
    const { observer } = this;
    const since = observer ? performance.now() : 0;
    let failed = true;
    try {
      const result = await this.pool.query<Row>({ name, text, values });
      failed = false;
      return result.rows;
    } finally {
      observer?.(name, performance.now() - since, failed);
    }
  }

  /** Tells `observer`, and nobody else, of every statement from now on. */
  observe(observer: StatementObserver): void {
    this.observer = observer;
  }

  connections(): Connections {
    return connectionsOf(this.pool);
  }

  async close(): Promise<void> {
    await this.pool.end();
  }
}
