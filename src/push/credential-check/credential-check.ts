import { randomBytes } from 'node:crypto';
import { Logger } from '@nestjs/common';
import type { Clock } from '../../common/clock.js';
import type { Settings } from '../../config/settings.js';
import type { HotPool } from '../../database/hot-pool.js';
import { ApnsHttp2Provider } from '../apns/apns-http2.provider.js';
import { DatabaseTokenStore } from '../apns/database-token.store.js';
import { FcmHttp2Provider } from '../fcm/fcm-http2.provider.js';
import type { ProviderExtras } from '../provider-extras.js';
import type { CredentialFacts } from '../provider-snapshot.js';
import type { PushOutcome } from '../push-outcome.js';
import type { PushProvider } from '../push-provider.js';
import { clockFinding, type TimeSeen, timeAt } from './clock-check.js';
import type { Finding } from './finding.js';
import { remedyOf } from './reason-words.js';

/** How long one provider may take, milliseconds. */
const LIMIT = 15_000;
/** A certificate that ends within this is told of; milliseconds. */
const SOON = 30 * 24 * 60 * 60_000;
const FCM_BODY = JSON.stringify({ validate_only: true, message: { topic: 'push-bouncer-check', data: {} } });
const APNS_BODY = JSON.stringify({ aps: { 'content-available': 1 } });

/** With what, and against what, is checked. */
export interface CredentialCheck {
  readonly settings: Pick<Settings, 'apns' | 'fcm'>;
  readonly clock: Clock;
  /** Where the nodes keep Apple's provider token: Apple takes one for all, and the check must not be a second one. */
  readonly pool: HotPool;
  /** The app on Apple devices, its bundle id. */
  readonly appId: string;
}

/** What one try saw. */
interface Try {
  readonly outcome: PushOutcome;
  readonly facts: CredentialFacts | undefined;
  /** Of the last connection that failed. */
  readonly code: string | undefined;
  readonly time: TimeSeen | undefined;
}

/**
 * Finds out whether Apple and Google take messages from us, without any device hearing of it: Apple is asked to notify a device that
 * does not exist, Google only to look at a message (`validate_only` of FCM's `messages.send`). Never throws for what they answer.
 *
 * @throws SettingsError for a credential file that is missing or broken
 */
export async function checkCredentials(check: CredentialCheck): Promise<Finding[]> {
  const { settings, clock } = check;
  const logger = new Logger('check-credentials');
  const apple = await tryOnce(
    clock,
    (extras) =>
      new ApnsHttp2Provider(settings.apns, clock, logger, {
        ...extras,
        tokenStore: new DatabaseTokenStore(check.pool),
      }),
    { ...APPLE_MESSAGE, token: randomBytes(32).toString('hex'), topic: check.appId },
  );
  const google = await tryOnce(clock, (extras) => new FcmHttp2Provider(settings.fcm, clock, logger, extras), {
    token: '',
    body: FCM_BODY,
  });
  // Google is asked apart from that: where it refuses us a token, nothing of FCM's was heard.
  const seen = google.time ?? (settings.fcm.credentialsFile ? await timeAt(settings.fcm.origin, clock) : undefined);
  return [appleFinding(apple, check), googleFinding(google), clockFinding(seen ?? apple.time)];
}

/** In the background and of no consequence, should the number be a device's after all. */
const APPLE_MESSAGE = { body: APNS_BODY, pushType: 'background', priority: 5, expiration: 0 } as const;

async function tryOnce<D>(
  clock: Clock,
  provider: (extras: ProviderExtras) => PushProvider<D>,
  delivery: D,
): Promise<Try> {
  let code: string | undefined;
  let time: TimeSeen | undefined;
  const sender = provider({
    pool: { maxSessions: 1 },
    observer: {
      connectionFailed: (word) => {
        code = word;
      },
      answered: (_status, _millis, date) => {
        const theirs = Date.parse(date ?? '');
        if (!Number.isNaN(theirs)) time = { theirs, ours: clock.millis() };
      },
    },
  });
  try {
    const [outcome = { kind: 'not-configured' }] = await sender.send([delivery], { deadline: clock.millis() + LIMIT });
    return { outcome, facts: sender.credentialFacts(), code, time };
  } finally {
    await sender.close();
  }
}

function appleFinding({ outcome, facts, code }: Try, { settings, clock, appId }: CredentialCheck): Finding {
  const what = 'Apple';
  if (outcome.kind === 'not-configured') return unconfigured(what, 'APNS_KEY_FILE');
  const expiresAt = facts?.expiresAt;
  const day = expiresAt?.toISOString().slice(0, 10);
  if (expiresAt && expiresAt.getTime() <= clock.millis()) {
    const remedy = 'Get a new one; or better, a token key (APNS_KEY_FILE), which does not end.';
    return { what, state: 'bad', words: `the client certificate ended on ${day}. ${remedy}` };
  }
  // That the device does not exist is what Apple should say.
  if (outcome.kind === 'delivered' || outcome.kind === 'token-gone') {
    const ends =
      expiresAt && expiresAt.getTime() - clock.millis() < SOON ? ` The certificate ends on ${day}: renew it.` : '';
    const words = `takes messages for ${appId} at ${settings.apns.origin}, by ${credentialsOf(facts)}.${ends}`;
    return { what, state: 'good', words };
  }
  return refused(what, outcome.reason, code);
}

function googleFinding({ outcome, facts, code }: Try): Finding {
  const what = 'Google';
  if (outcome.kind === 'not-configured') return unconfigured(what, 'FCM_CREDENTIALS_FILE');
  if (outcome.kind === 'delivered')
    return { what, state: 'good', words: `takes messages, by ${credentialsOf(facts)}.` };
  return refused(what, outcome.reason, code);
}

function credentialsOf(facts: CredentialFacts | undefined): string {
  if (facts?.kind === 'certificate') return 'client certificate';
  return `key ${facts?.keyId ?? 'without an id'}`;
}

function unconfigured(what: 'Apple' | 'Google', setting: string): Finding {
  return { what, state: 'unknown', words: `there are no credentials (${setting}).` };
}

function refused(what: 'Apple' | 'Google', reason: string, code: string | undefined): Finding {
  const words = code === undefined ? reason : `${reason}, ${code}`;
  return { what, state: 'bad', words: `takes no message (${words}). ${remedyOf(what, reason, code)}` };
}
