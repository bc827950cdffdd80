import type { FastifySessionOptions } from '@fastify/session';
import type { Session } from 'fastify';
import type { DataSource } from 'typeorm';
import type { Clock } from '../../common/clock.js';
import { keyDigest } from '../../common/key-digest.js';
import type { SiteName } from '../site.js';

type Store = NonNullable<FastifySessionOptions['store']>;

/** Long after every identity in it has run out, which each site decides by itself. */
const KEPT_DAYS = 7;
const DAY_MILLIS = 24 * 60 * 60 * 1000;

/** The sessions of one site, in PostgreSQL: every node knows them, and they survive a restart. */
export class PostgresSessionStore implements Store {
  constructor(
    private readonly database: DataSource,
    private readonly clock: Clock,
    private readonly site: SiteName,
  ) {}

  get(id: string, callback: (error: unknown, session?: Session | null) => void): void {
    this.database
      .query<{ content: Session }[]>(
        'SELECT content FROM browser_sessions WHERE id_digest = $1 AND site = $2 AND expires_at > $3',
        [keyDigest(id), this.site, this.clock.now()],
      )
      .then(
        ([row]) => callback(null, row?.content ?? null),
        (error: unknown) => callback(error),
      );
  }

  set(id: string, session: Session, callback: (error?: unknown) => void): void {
    const expiresAt = new Date(this.clock.millis() + KEPT_DAYS * DAY_MILLIS);
    this.database
      .query(
        `INSERT INTO browser_sessions (id_digest, site, content, expires_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (id_digest) DO UPDATE SET content = excluded.content`,
        [keyDigest(id), this.site, JSON.stringify(session), expiresAt],
      )
      .then(() => callback(), callback);
  }

  destroy(id: string, callback: (error?: unknown) => void): void {
    this.database
      .query('DELETE FROM browser_sessions WHERE id_digest = $1', [keyDigest(id)])
      .then(() => callback(), callback);
  }
}
