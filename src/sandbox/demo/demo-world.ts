import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { environmentVariable } from '../../config/config.js';
import { generateKeyPair } from '../../push/e2ee/key-pair.js';
import { ApnsStandIn } from '../apns/apns-stand-in.js';
import { DnsStandIn } from '../dns/dns-stand-in.js';
import { FcmStandIn } from '../fcm/fcm-stand-in.js';
import { Inbox } from '../inbox/inbox.js';
import { Authority } from '../transport/authority.js';
import { DemoPhones } from './demo-phones.js';

/** What of the caller's environment a child process needs to run at all; settings of a real service must not leak into the demo. */
const PASSED_ON = ['PATH', 'HOME', 'USER', 'LANG', 'LC_ALL', 'TZ', 'TMPDIR', 'SystemRoot', 'TEMP'];

/** The surroundings of the service: stand-ins, the inbox, and a private directory for keys and data that goes at the end. */
export class DemoWorld {
  private constructor(
    readonly directory: string,
    readonly apns: ApnsStandIn,
    readonly fcm: FcmStandIn,
    readonly dns: DnsStandIn,
    readonly phones: DemoPhones,
    /** What apps seal their registrations to, base64. */
    readonly publicKey: string,
    private readonly settings: Readonly<Record<string, string>>,
  ) {}

  /** Starts everything; nothing is left behind when that fails. */
  static async start(): Promise<DemoWorld> {
    const directory = await mkdtemp(join(tmpdir(), 'push-bouncer-demo-'));
    try {
      // Others may pass through but not look: under root, PostgreSQL runs as another user and must reach its data.
      await chmod(directory, 0o711);
      const authority = await Authority.create();
      const apns = new ApnsStandIn({ authority });
      const fcm = new FcmStandIn({ authority });
      const dns = new DnsStandIn();
      const inbox = new Inbox();
      const phones = new DemoPhones(inbox, { apns, fcm });
      await Promise.all([apns.start(), fcm.start(), dns.start(), inbox.start()]);
      const key = apns.createApnsKey();
      const { publicKey, privateKey } = await generateKeyPair();
      const file = async (name: string, content: string) => {
        const path = join(directory, name);
        await writeFile(path, content, { mode: 0o600 });
        return path;
      };
      return new DemoWorld(directory, apns, fcm, dns, phones, publicKey, {
        APNS_KEY_FILE: await file('apns-key.p8', key.p8),
        APNS_KEY_ID: key.keyId,
        APNS_TEAM_ID: key.teamId,
        APNS_ORIGIN: apns.origin,
        FCM_CREDENTIALS_FILE: await file('fcm-service-account.json', JSON.stringify(fcm.createServiceAccount())),
        FCM_ORIGIN: fcm.origin,
        E2EE_KEYS_FILE: await file('e2ee-keys.json', JSON.stringify({ [publicKey]: privateKey })),
        NODE_EXTRA_CA_CERTS: await file('sandbox-ca.pem', authority.caPem),
        DNS_SERVERS: dns.origin,
      });
    } catch (error) {
      await rm(directory, { recursive: true, force: true });
      throw error;
    }
  }

  /** The environment of the service on one port. */
  environment(port: number): Record<string, string> {
    const own = Object.fromEntries(
      PASSED_ON.flatMap((name) => {
        const value = environmentVariable(name);
        return value ? [[name, value]] : [];
      }),
    );
    return {
      ...own,
      ...this.settings,
      HOST: '127.0.0.1',
      PORT: String(port),
      PUBLIC_URL: `http://localhost:${port}`,
      DATA_DIR: join(this.directory, 'data'),
      LOG_FORMAT: 'pretty',
    };
  }

  /** Stops the stand-ins and removes the directory. */
  async stop(): Promise<void> {
    await Promise.allSettled([this.apns.stop(), this.fcm.stop(), this.dns.stop(), this.phones.inbox.stop()]);
    await rm(this.directory, { recursive: true, force: true, maxRetries: 5 });
  }
}
