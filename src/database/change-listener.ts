import { Logger } from '@nestjs/common';
import pg from 'pg';

/** What a subscriber is told: a payload, or that notifications may have been missed. */
export interface ChangeSubscriber {
  changed(payload: string): void;
  /** The connection was lost: whatever is remembered may be stale, and until `restored` nothing may be remembered. */
  lost(): void;
  restored(): void;
}

/**
 * One connection that listens for PostgreSQL's NOTIFY, by which every node learns at once of what another changed. Connects again
 * by itself.
 */
export class ChangeListener {
  private client: pg.Client | undefined;
  private closed = false;
  private retry: NodeJS.Timeout | undefined;
  private readonly subscribers = new Map<string, ChangeSubscriber[]>();
  private readonly logger = new Logger(ChangeListener.name);

  constructor(
    private readonly url: string,
    private readonly retryMillis = 500,
  ) {}

  /** Subscribes to a channel; call before `start`. */
  subscribe(channel: string, subscriber: ChangeSubscriber): void {
    this.subscribers.set(channel, [...(this.subscribers.get(channel) ?? []), subscriber]);
  }

  async start(): Promise<void> {
    const client = new pg.Client({
      connectionString: this.url,
      application_name: 'push-bouncer listen',
      keepAlive: true,
      connectionTimeoutMillis: 5_000,
    });
    const lose = () => this.lose(client);
    client.on('error', lose);
    client.on('end', lose);
    client.on('notification', ({ channel, payload }) => {
      for (const subscriber of this.subscribers.get(channel) ?? []) subscriber.changed(payload ?? '');
    });
    this.client = client;
    try {
      await client.connect();
      for (const channel of this.subscribers.keys()) await client.query(`LISTEN ${pg.escapeIdentifier(channel)}`);
      if (this.client === client) this.each((subscriber) => subscriber.restored());
    } catch {
      lose();
    }
  }

  async close(): Promise<void> {
    this.closed = true;
    clearTimeout(this.retry);
    await this.client?.end().catch(() => undefined);
  }

  private lose(client: pg.Client): void {
    if (this.client !== client) return;
    this.client = undefined;
    this.each((subscriber) => subscriber.lost());
    client.end().catch(() => undefined);
    if (this.closed) return;
    this.logger.warn('lost the connection that listens for changes; connecting again');
    this.retry = setTimeout(() => void this.start(), this.retryMillis);
  }

  private each(tell: (subscriber: ChangeSubscriber) => void): void {
    for (const list of this.subscribers.values()) for (const subscriber of list) tell(subscriber);
  }
}
