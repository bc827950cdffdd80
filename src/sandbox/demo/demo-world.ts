import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { environmentVariable } from '../../config/config.js';
import { generateKeyPair } from '../../push/e2ee/key-pair.js';
import { ApnsStandIn } from '../apns/apns-stand-in.js';
import { DnsStandIn } from '../dns/dns-stand-in.js';
import { FcmStandIn } from '../fcm/fcm-stand-in.js';
import { Inbox } from '../inbox/inbox.js';
import { SmtpStandIn } from '../smtp/smtp-stand-in.js';
import { StripeStandIn } from '../stripe/stripe-stand-in.js';
import { Authority } from '../transport/authority.js';
import { DemoPhones } from './demo-phones.js';

/** What of the caller's environment a child process needs to run at all; settings of a real service must not leak into the demo. */
const PASSED_ON = ['PATH', 'HOME', 'USER', 'LANG', 'LC_ALL', 'TZ', 'TMPDIR', 'SystemRoot', 'TEMP'];

const WEBHOOK_SECRET = `whsec_${randomBytes(16).toString('hex')}`;

/** The surroundings of the service: stand-ins, the inbox, and a private directory for keys and data that goes at the end. */
export class DemoWorld {
  private constructor(
    readonly directory: string,
    readonly apns: ApnsStandIn,
    readonly fcm: FcmStandIn,
    readonly dns: DnsStandIn,
    /** Takes the money, which is none, and mail, which it keeps. */
    readonly stripe: StripeStandIn,
    readonly smtp: SmtpStandIn,
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
      const secretKey = `sk_test_${randomBytes(12).toString('hex')}`;
      const stripe = new StripeStandIn({ secretKey });
      const smtp = new SmtpStandIn();
      const phones = new DemoPhones(inbox, { apns, fcm });
      await Promise.all([apns.start(), fcm.start(), dns.start(), inbox.start(), stripe.start(), smtp.start()]);
      const key = apns.createApnsKey();
      const { publicKey, privateKey } = await generateKeyPair();
      const file = async (name: string, content: string) => {
        const path = join(directory, name);
        await writeFile(path, content, { mode: 0o600 });
        return path;
      };
      return new DemoWorld(directory, apns, fcm, dns, stripe, smtp, phones, publicKey, {
        APNS_KEY_FILE: await file('apns-key.p8', key.p8),
        APNS_KEY_ID: key.keyId,
        APNS_TEAM_ID: key.teamId,
        APNS_ORIGIN: apns.origin,
        FCM_CREDENTIALS_FILE: await file('fcm-service-account.json', JSON.stringify(fcm.createServiceAccount())),
        FCM_ORIGIN: fcm.origin,
        E2EE_KEYS_FILE: await file('e2ee-keys.json', JSON.stringify({ [publicKey]: privateKey })),
        NODE_EXTRA_CA_CERTS: await file('sandbox-ca.pem', authority.caPem),
        DNS_SERVERS: dns.origin,
        STRIPE_SECRET_KEY: secretKey,
        STRIPE_WEBHOOK_SECRET: WEBHOOK_SECRET,
        STRIPE_API_ORIGIN: stripe.origin,
        SMTP_URL: smtp.url,
      });
    } catch (error) {
      await rm(directory, { recursive: true, force: true });
      throw error;
    }
  }

  /** The environment of the service on one port, where Stripe's events will go. */
  environment(port: number): Record<string, string> {
    this.stripe.webhooks.sendTo({ url: `http://127.0.0.1:${port}/stripe/webhook/`, secret: WEBHOOK_SECRET });
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
    const { apns, fcm, dns, stripe, smtp, phones } = this;
    await Promise.allSettled([apns, fcm, dns, stripe, smtp, phones.inbox].map((part) => part.stop()));
    await rm(this.directory, { recursive: true, force: true, maxRetries: 5 });
  }
}
