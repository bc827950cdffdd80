import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { Clock } from '../../common/clock.js';
import { type BatchSnapshot, TurnBatcher } from '../../common/turn-batcher.js';
import { ChangeListener } from '../../database/change-listener.js';
import { HotPool } from '../../database/hot-pool.js';

/** What authentication needs of a server. */
export interface KnownServer {
  readonly id: string;
  readonly uuid: string;
  readonly keyDigest: Buffer;
  readonly deactivated: boolean;
}

interface Remembered {
  readonly server: KnownServer;
  readonly until: number;
}

const CAPACITY = 20_000;
/** Notifications keep the memory honest; the expiry is a net below them. */
const LIFETIME_MILLIS = 60_000;

const LOOK_UP = `
  SELECT id, uuid, key_digest, deactivated FROM remote_servers WHERE uuid = ANY ($1::uuid[])`;

/**
 * Servers by UUID, from memory where possible. Every node hears from the database of a changed key or a deactivation and
 * forgets the server; while it cannot hear, it remembers nothing.
 */
@Injectable()
export class ServerDirectory implements OnModuleInit {
  private readonly remembered = new Map<string, Remembered>();
  private listening = false;
  /** Grows with each change heard: an answer that was under way meanwhile may be older than the change. */
  private changes = 0;
  private readonly lookUps = new TurnBatcher<string, KnownServer | undefined>((uuids) => this.load(uuids));

  constructor(
    @Inject(HotPool) private readonly pool: HotPool,
    @Inject(ChangeListener) private readonly listener: ChangeListener,
    @Inject(Clock) private readonly clock: Clock,
  ) {
    listener.subscribe('remote_server_changed', {
      changed: (uuid) => this.forget(uuid),
      lost: () => this.distrust(false),
      restored: () => this.distrust(true),
    });
  }

  async onModuleInit(): Promise<void> {
    await this.listener.start();
  }

  /** Of what was not remembered. */
  batches(): BatchSnapshot {
    return this.lookUps.snapshot();
  }

  /** The server with this canonical UUID, if there is one; `fresh` asks the database in any case. */
  async find(uuid: string, fresh = false): Promise<KnownServer | undefined> {
    return (fresh ? undefined : this.recall(uuid)) ?? this.lookUps.ask(uuid);
  }

  /** The same from memory alone, for those who would rather not wait where nothing has to be waited for. */
  recall(uuid: string): KnownServer | undefined {
    const found = this.remembered.get(uuid);
    return found && found.until > this.clock.millis() ? found.server : undefined;
  }

  /** Forgets a server; called with the UUID of one that has just been changed. */
  forget(uuid: string): void {
    this.changes++;
    this.remembered.delete(uuid);
  }

  private distrust(listening: boolean): void {
    this.changes++;
    this.listening = listening;
    this.remembered.clear();
  }

  private async load(uuids: string[]): Promise<(KnownServer | undefined)[]> {
    const changesBefore = this.changes;
    const rows = await this.pool.query<{ id: string; uuid: string; key_digest: Buffer; deactivated: boolean }>(
      'server-directory',
      LOOK_UP,
      [uuids],
    );
    const byUuid = new Map(
      rows.map((row) => [
        row.uuid,
        { id: row.id, uuid: row.uuid, keyDigest: row.key_digest, deactivated: row.deactivated },
      ]),
    );
    if (this.listening && this.changes === changesBefore) for (const server of byUuid.values()) this.remember(server);
    return uuids.map((uuid) => byUuid.get(uuid));
  }

  private remember(server: KnownServer): void {
    this.remembered.delete(server.uuid);
    this.remembered.set(server.uuid, { server, until: this.clock.millis() + LIFETIME_MILLIS });
    if (this.remembered.size <= CAPACITY) return;
    // The one remembered longest goes; a Map keeps the order of insertion.
    for (const oldest of this.remembered.keys()) {
      this.remembered.delete(oldest);
      break;
    }
  }
}
