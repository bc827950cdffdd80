import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../common/clock.js';
import { type BatchSnapshot, TurnBatcher } from '../common/turn-batcher.js';
import { HotPool } from '../database/hot-pool.js';

const upsert = (table: string, key: string) => `
  INSERT INTO ${table} (${key}, last_request_at)
  SELECT id, $2::timestamptz FROM unnest($1::bigint[]) AS id
  ON CONFLICT (${key}) DO UPDATE SET last_request_at = EXCLUDED.last_request_at
  WHERE ${table}.last_request_at < EXCLUDED.last_request_at`;

/**
 * Notes when servers and realms last asked for something. Requests of the same moment share one statement; it runs one at a
 * time and in the order of ids, so that two nodes cannot wait for each other.
 */
@Injectable()
export class ActivityRecorder {
  private readonly servers: TurnBatcher<string, undefined>;
  private readonly realms: TurnBatcher<string, undefined>;

  constructor(
    @Inject(HotPool) private readonly pool: HotPool,
    @Inject(Clock) private readonly clock: Clock,
  ) {
    this.servers = this.recorder('server-activity', upsert('remote_server_activity', 'server_id'));
    this.realms = this.recorder('realm-activity', upsert('remote_realm_activity', 'realm_id'));
  }

  /** A server made a request; resolves when that is committed. */
  async serverSeen(serverId: string): Promise<void> {
    await this.servers.ask(serverId);
  }

  /** A realm was named in a request; resolves when that is committed. */
  async realmSeen(realmId: string): Promise<void> {
    await this.realms.ask(realmId);
  }

  batches(): { readonly servers: BatchSnapshot; readonly realms: BatchSnapshot } {
    return { servers: this.servers.snapshot(), realms: this.realms.snapshot() };
  }

  private recorder(name: string, statement: string): TurnBatcher<string, undefined> {
    return new TurnBatcher<string, undefined>(
      async (ids) => {
        const distinct = [...new Set(ids)].sort((a, b) => Number(BigInt(a) - BigInt(b)));
        await this.pool.query(name, statement, [distinct, this.clock.now()]);
        return ids.map(() => undefined);
      },
      { size: 1_000, concurrency: 1 },
    );
  }
}
