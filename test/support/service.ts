import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import pg from 'pg';
import { inject } from 'vitest';
import { createApp } from '../../src/app.js';
import { keyDigest } from '../../src/common/key-digest.js';
import { parseSettings, type Settings } from '../../src/config/settings.js';
import { PushTallies } from '../../src/registration/settle/push-tallies.js';
import { ApnsStandIn } from '../../src/sandbox/apns/apns-stand-in.js';
import { DnsStandIn } from '../../src/sandbox/dns/dns-stand-in.js';
import { FcmStandIn } from '../../src/sandbox/fcm/fcm-stand-in.js';
import { Authority } from '../../src/sandbox/transport/authority.js';
import { type ApiAnswer, type ApiRequest, type Credentials, callApi } from './api-client.js';
import { createTestDatabase } from './database.js';
import { MovableClock } from './movable-clock.js';

const API = '/api/v1/remotes/';

export interface ServiceOptions {
  /** Settings beside those that lead to the stand-ins; an empty value unsets one. */
  readonly env?: Readonly<Record<string, string>>;
  readonly requestTimeout?: number;
}

/** A server registered straight in the database. */
export interface TestServerRow extends Credentials {
  readonly id: string;
  readonly hostname: string;
}

/** The whole service on a socket, with a database of its own and stand-ins for Apple, Google and DNS. */
export class TestService {
  private constructor(
    readonly app: NestFastifyApplication,
    readonly origin: string,
    readonly settings: Settings,
    readonly databaseUrl: string,
    /** For looking at what is stored, and for arranging it. */
    readonly db: pg.Pool,
    readonly apns: ApnsStandIn,
    readonly fcm: FcmStandIn,
    readonly dns: DnsStandIn,
    readonly clock: MovableClock,
    private readonly cleanUp: () => Promise<void>,
  ) {}

  static async start(options: ServiceOptions = {}): Promise<TestService> {
    const authority = Authority.restore(inject('authority'));
    const clock = new MovableClock();
    const apns = new ApnsStandIn({ authority, clock });
    const fcm = new FcmStandIn({ authority, clock });
    const dns = new DnsStandIn();
    await Promise.all([apns.start(), fcm.start(), dns.start()]);
    const files = await mkdtemp(join(tmpdir(), 'push-bouncer-files-'));
    const key = apns.createApnsKey();
    await writeFile(join(files, 'apns.p8'), key.p8);
    await writeFile(join(files, 'fcm.json'), JSON.stringify(fcm.createServiceAccount()));
    const database = await createTestDatabase();
    const settings = parseSettings({
      DATABASE_URL: database.url,
      SESSION_SECRET: 'a secret for tests only that is long enough to be taken for one',
      DATA_DIR: files,
      APNS_KEY_FILE: join(files, 'apns.p8'),
      APNS_KEY_ID: key.keyId,
      APNS_TEAM_ID: key.teamId,
      APNS_ORIGIN: apns.origin,
      FCM_CREDENTIALS_FILE: join(files, 'fcm.json'),
      FCM_ORIGIN: fcm.origin,
      DNS_SERVERS: `127.0.0.1:${dns.port}`,
      // Tests of what is answered do not wait for it.
      RETRY_LATER_HOLD_SECONDS: '0',
      LOG_LEVEL: 'fatal',
      LOG_FORMAT: 'json',
      ...options.env,
    });
    const app = await createApp({
      settings,
      databaseUrl: database.url,
      clock,
      ...(options.requestTimeout ? { requestTimeout: options.requestTimeout } : {}),
    });
    await app.listen(0, '127.0.0.1');
    const db = new pg.Pool({ connectionString: database.url, max: 4 });
    db.on('error', () => undefined);
    return new TestService(app, await app.getUrl(), settings, database.url, db, apns, fcm, dns, clock, async () => {
      await app.close();
      await db.end();
      await Promise.all([apns.stop(), fcm.stop(), dns.stop()]);
      await database.drop();
      await rm(files, { recursive: true, force: true });
    });
  }

  /** Calls an API endpoint by the part of its path behind `/api/v1/remotes/`. */
  call(endpoint: string, request?: ApiRequest): Promise<ApiAnswer> {
    return callApi(this.origin, API + endpoint, request);
  }

  /** Adds what notifications counted so far to the counts, as the service does every few seconds: one that is at it may have begun before. */
  async addUp(): Promise<void> {
    for (let tries = 5; tries > 0; tries--) {
      await this.app.get(PushTallies).fold();
      if ((await this.rows('SELECT FROM push_tallies LIMIT 1')).length === 0) return;
    }
  }

  /** Rows of a query. */
  async rows<T extends pg.QueryResultRow = pg.QueryResultRow>(sql: string, values: unknown[] = []): Promise<T[]> {
    return (await this.db.query<T>(sql, values)).rows;
  }

  /**
   * Registers a server without going through the endpoint. Unless told otherwise it has uploaded its (empty) audit log just now,
   * so that it may send.
   */
  async addServer(
    row: Partial<{
      uuid: string;
      key: string;
      hostname: string;
      featureLevel: number | null;
      planType: number;
      uploaded: boolean;
    }> = {},
  ): Promise<TestServerRow> {
    const uuid = row.uuid ?? randomUUID();
    const key = row.key ?? randomBytes(48).toString('hex').slice(0, 64);
    const hostname = row.hostname ?? `${uuid.slice(0, 8)}.zulip.test`;
    const [server] = await this.rows<{ id: string }>(
      `INSERT INTO remote_servers (uuid, key_digest, hostname, contact_email, created_at, updated_at, last_api_feature_level, plan_type,
         last_audit_log_update)
       VALUES ($1, $2, $3, 'admin@zulip.test', $4, $4, $5, $6, CASE WHEN $7 THEN $4::timestamptz END) RETURNING id`,
      [
        uuid,
        keyDigest(key),
        hostname,
        this.clock.now(),
        row.featureLevel ?? null,
        row.planType ?? 100,
        row.uploaded ?? true,
      ],
    );
    return { id: server?.id ?? '', uuid, key, hostname };
  }

  /** Registers a realm of a server without going through an upload. */
  async addRealm(server: TestServerRow, row: Partial<{ uuid: string; name: string; planType: number }> = {}) {
    const uuid = row.uuid ?? randomUUID();
    const [realm] = await this.rows<{ id: string }>(
      `INSERT INTO remote_realms (server_id, uuid, uuid_owner_secret, host, name, created_at, updated_at, realm_date_created, plan_type)
       VALUES ($1, $2, 'zuliprealm_secret', $3, $4, $5, $5, $5, $6) RETURNING id`,
      [server.id, uuid, server.hostname, row.name ?? 'Realm', this.clock.now(), row.planType ?? 100],
    );
    return { id: realm?.id ?? '', uuid };
  }

  /** Stops everything and removes what it kept. */
  stop(): Promise<void> {
    return this.cleanUp();
  }
}
