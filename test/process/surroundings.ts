import { randomBytes, randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inject } from 'vitest';
import { ApnsStandIn } from '../../src/sandbox/apns/apns-stand-in.js';
import { DnsStandIn } from '../../src/sandbox/dns/dns-stand-in.js';
import { FcmStandIn } from '../../src/sandbox/fcm/fcm-stand-in.js';
import { Authority } from '../../src/sandbox/transport/authority.js';
import type { Credentials } from '../support/api-client.js';
import { onServer } from '../support/server-connection.js';
import { ServiceChild } from './service-child.js';

/** What a process needs of this one's environment; settings of whoever runs the tests must not reach the service. */
const PASSED_ON = ['PATH', 'HOME', 'USER', 'LANG', 'NODE_EXTRA_CA_CERTS'];

export const SESSION_SECRET = 'a secret for tests only that is long enough to be taken for one';

/** Stand-ins and a private directory for services that run as processes of their own. */
export class Surroundings {
  private readonly children: ServiceChild[] = [];

  private constructor(
    readonly directory: string,
    readonly apns: ApnsStandIn,
    readonly fcm: FcmStandIn,
    readonly dns: DnsStandIn,
    private readonly settings: Readonly<Record<string, string>>,
  ) {}

  static async create(): Promise<Surroundings> {
    const authority = Authority.restore(inject('authority'));
    const apns = new ApnsStandIn({ authority });
    const fcm = new FcmStandIn({ authority });
    const dns = new DnsStandIn();
    await Promise.all([apns.start(), fcm.start(), dns.start()]);
    const directory = await mkdtemp(join(tmpdir(), `push-bouncer-test-${process.pid}-`));
    // Under root, PostgreSQL runs as another user, who must be able to pass through to its data.
    await chmod(directory, 0o711);
    const files = Object.fromEntries(['cwd', 'tmp', 'data'].map((name) => [name, join(directory, name)]));
    for (const path of Object.values(files)) await mkdir(path);
    await chmod(join(directory, 'tmp'), 0o1777);
    const key = apns.createApnsKey();
    await writeFile(join(directory, 'apns.p8'), key.p8);
    await writeFile(join(directory, 'fcm.json'), JSON.stringify(fcm.createServiceAccount()));
    return new Surroundings(directory, apns, fcm, dns, {
      HOST: '127.0.0.1',
      PORT: '0',
      DATA_DIR: join(directory, 'data'),
      TMPDIR: join(directory, 'tmp'),
      APNS_KEY_FILE: join(directory, 'apns.p8'),
      APNS_KEY_ID: key.keyId,
      APNS_TEAM_ID: key.teamId,
      APNS_ORIGIN: apns.origin,
      FCM_CREDENTIALS_FILE: join(directory, 'fcm.json'),
      FCM_ORIGIN: fcm.origin,
      DNS_SERVERS: dns.origin,
      // Tests of what is answered do not wait for it.
      RETRY_LATER_HOLD_SECONDS: '0',
      LOG_FORMAT: 'json',
    });
  }

  /** Starts a service; what is given replaces settings or adds to them, an empty value unsets. */
  spawn(env: Readonly<Record<string, string>> = {}): ServiceChild {
    const passed = PASSED_ON.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : []));
    const all = { ...Object.fromEntries(passed), ...this.settings, ...env };
    const child = new ServiceChild(all, join(this.directory, 'cwd'));
    this.children.push(child);
    return child;
  }

  /** The same on a database of DATABASE_URL, once it listens. */
  startOn(databaseUrl: string, env: Readonly<Record<string, string>> = {}): Promise<ServiceChild> {
    return this.spawn({ DATABASE_URL: databaseUrl, SESSION_SECRET, ...env }).listening();
  }

  /** The connection URL of the embedded database that runs on this directory's data. */
  get embeddedUrl(): string {
    const runs = join(this.directory, 'data/postgres/runs');
    const [run] = readdirSync(runs);
    return readFileSync(join(runs, run ?? '', 'url'), 'utf8').trim();
  }

  /** Kills what still runs, stops the stand-ins, removes the directory. */
  async remove(): Promise<void> {
    await this.endChildren();
    await Promise.all([this.apns.stop(), this.fcm.stop(), this.dns.stop()]);
    await rm(this.directory, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
  }

  async endChildren(): Promise<void> {
    await Promise.all(this.children.splice(0).map((child) => child.stop('SIGKILL')));
  }
}

/** A new server, registered by the endpoint and allowed to send, with an iPhone and an Android phone of its user 10. */
export async function registerPhones(
  service: ServiceChild,
  databaseUrl: string,
  tokens: { readonly apple: string; readonly android: string },
): Promise<Credentials> {
  const auth = { uuid: randomUUID(), key: randomBytes(32).toString('hex') };
  await expectFine(
    service.call('server/register', {
      form: {
        zulip_org_id: auth.uuid,
        zulip_org_key: auth.key,
        hostname: `${auth.uuid.slice(0, 8)}.zulip.test`,
        contact_email: 'admin@zulip.test',
      },
    }),
  );
  await sponsor(databaseUrl, auth.uuid);
  const iphone = { user_id: 10, token: tokens.apple, token_kind: 1, ios_app_id: 'org.zulip.Zulip' };
  await expectFine(service.call('push/register', { auth, form: iphone }));
  await expectFine(
    service.call('push/register', { auth, form: { user_id: 10, token: tokens.android, token_kind: 2 } }),
  );
  return auth;
}

/** Makes a server a sponsored community, which may send whatever else is known of it. */
export async function sponsor(databaseUrl: string, uuid: string): Promise<void> {
  await onServer(databaseUrl, (client) =>
    client.query('UPDATE remote_servers SET plan_type = 102, last_api_feature_level = 400 WHERE uuid = $1', [uuid]),
  );
}

async function expectFine(answer: ReturnType<ServiceChild['call']>): Promise<void> {
  const { status, text } = await answer;
  if (status !== 200) throw new Error(`not accepted: ${status} ${text}`);
}
