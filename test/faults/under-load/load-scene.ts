import { generateKeyPairSync } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inject } from 'vitest';
import { keyDigest } from '../../../src/common/key-digest.js';
import { tokenDigest } from '../../../src/devices/token.js';
import { freePort } from '../../../src/sandbox/demo/free-port.js';
import { Authority } from '../../../src/sandbox/transport/authority.js';
import type { ServiceChild } from '../../process/service-child.js';
import { SESSION_SECRET, Surroundings } from '../../process/surroundings.js';
import type { Credentials } from '../../support/api-client.js';
import { onServer } from '../../support/server-connection.js';
import { BusyHost } from './busy-host.js';
import { type LoadSummary, ZulipLoad } from './zulip-load.js';

const SERVERS = 20;
const USERS = 1_000;
const LANES = 128;

/** The service as a process, many users with an iPhone and an Android phone each, and providers that note every push. */
export class LoadScene {
  service: ServiceChild | undefined;

  private constructor(
    readonly apple: BusyHost,
    readonly google: BusyHost,
    readonly port: number,
    private readonly around: Surroundings,
    private readonly servers: readonly Credentials[],
    private readonly env: Readonly<Record<string, string>>,
  ) {}

  /** @param databaseUrl of a migrated database, as this process reaches it; `env` may lead the service there by another way */
  static async start(databaseUrl: string, env: Readonly<Record<string, string>> = {}): Promise<LoadScene> {
    const authority = Authority.restore(inject('authority'));
    const [apple, google] = [new BusyHost(authority), new BusyHost(authority)];
    const [around, port] = await Promise.all([Surroundings.create(), freePort(0), apple.start(), google.start()]);
    const account = join(around.directory, 'busy-google.json');
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    await writeFile(
      account,
      JSON.stringify({
        project_id: 'busy',
        client_email: 'load@busy.iam.gserviceaccount.com',
        private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
        token_uri: google.tokenUri,
      }),
    );
    const scene = new LoadScene(apple, google, port, around, await seed(databaseUrl), {
      DATABASE_URL: databaseUrl,
      SESSION_SECRET,
      PORT: String(port),
      APNS_ORIGIN: apple.origin,
      FCM_ORIGIN: google.origin,
      FCM_CREDENTIALS_FILE: account,
      RATE_LIMIT_PER_MINUTE: '10000000',
      // As long as in production: how often clients must repeat is of interest here.
      RETRY_LATER_HOLD_SECONDS: '',
      ...env,
    });
    await scene.startService();
    return scene;
  }

  async startService(): Promise<ServiceChild> {
    this.service = await this.around.spawn(this.env).listening();
    return this.service;
  }

  /** A load that has not begun; what it sends arrives at both of a user's phones. */
  load(lanes = LANES): ZulipLoad {
    return new ZulipLoad({ port: this.port, servers: this.servers, users: USERS, lanes });
  }

  /**
   * Waits until every phone has every notification, or nothing more is tried, and prints the numbers.
   *
   * @param patience how long the service may go on trying after its answers, milliseconds
   */
  async tally(name: string, sent: LoadSummary, patience = 75_000) {
    const until = performance.now() + patience;
    const total = sent.notifications;
    const [apple, google] = [this.apple.pushes, this.google.pushes];
    for (const { pushes } of [this.apple, this.google]) {
      while (performance.now() < until && pushes.summary(total).missing > 0) await pause();
    }
    const tally = { apple: apple.summary(total), google: google.summary(total) };
    const troubled = this.apple.troubled + this.google.troubled;
    const sessions = this.apple.sessionsOpened + this.google.sessionsOpened;
    process.stdout.write(`under load, ${name}: ${JSON.stringify({ ...sent, troubled, sessions, ...tally })}\n`);
    return tally;
  }

  async stop(): Promise<void> {
    await this.around.remove();
    await Promise.all([this.apple.stop(), this.google.stop()]);
  }
}

const pause = () => new Promise((resolve) => setTimeout(resolve, 50));

/** Puts servers and phones into the database. Nine phones of ten are old acquaintances of their providers. */
async function seed(databaseUrl: string): Promise<Credentials[]> {
  const hex = (n: number, digits: number) => n.toString(16).padStart(digits, '0');
  const servers = Array.from({ length: SERVERS }, (_, n) => ({
    uuid: `10ad0000-0000-4000-8000-${hex(n, 12)}`,
    key: `load${n}`.padEnd(64, 'k'),
  }));
  const phones = Array.from({ length: 2 * USERS }, (_, n) => ({
    user: n >> 1,
    kind: n % 2 === 0 ? 1 : 2,
    token: hex(n, 64),
  }));
  await onServer(databaseUrl, async (client) => {
    await client.query(
      `INSERT INTO remote_servers (id, uuid, key_digest, hostname, contact_email, created_at, updated_at, plan_type,
         last_api_feature_level, last_audit_log_update)
       SELECT n, uuid, digest, 'load' || n || '.zulip.test', 'admin@zulip.test', now(), now(), 102, 400, now()
       FROM unnest($1::int[], $2::uuid[], $3::bytea[]) AS s (n, uuid, digest)`,
      [servers.map((_, n) => n + 1), servers.map(({ uuid }) => uuid), servers.map(({ key }) => keyDigest(key))],
    );
    await client.query(
      `INSERT INTO devices (server_id, user_id, kind, token, token_digest, ios_app_id, registered_at)
       SELECT server, id, kind, token, digest, CASE kind WHEN 1 THEN 'org.zulip.Zulip' END,
         now() - CASE WHEN id % 10 = 0 THEN interval '1 hour' ELSE interval '30 days' END
       FROM unnest($1::int[], $2::int[], $3::int[], $4::text[], $5::bytea[]) AS d (server, id, kind, token, digest)`,
      [
        phones.map(({ user }) => (user % SERVERS) + 1),
        phones.map(({ user }) => 1_000 + user),
        phones.map(({ kind }) => kind),
        phones.map(({ token }) => token),
        phones.map(({ kind, token }) => tokenDigest(kind as 1 | 2, token)),
      ],
    );
  });
  return servers;
}
