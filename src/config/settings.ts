import { type Environment, environmentSchema } from './environment.schema.js';

/** How the service reaches Apple. */
export interface ApnsSettings {
  readonly keyFile?: string;
  readonly keyId?: string;
  readonly teamId?: string;
  readonly certFile?: string;
  readonly certKeyFile?: string;
  /** Apple's endpoint, `https://host:port`. */
  readonly origin: string;
}

/** How the service reaches Google. */
export interface FcmSettings {
  readonly credentialsFile?: string;
  readonly origin: string;
}

/**
 * All settings, by concern. Read once at start from the environment; code takes the branch it needs, and nothing else reads
 * the environment. Secrets are never printed.
 */
export interface Settings {
  readonly http: {
    readonly host: string;
    readonly port: number;
    readonly publicUrl: string;
    readonly portalUrl: string;
    readonly operatorUrl: string;
    readonly trustProxy: readonly string[];
    readonly workers: number;
  };
  readonly database: {
    /** Unset: the embedded PostgreSQL under `dataDir`. */
    readonly url?: string;
    readonly dataDir: string;
  };
  readonly redis: { readonly url?: string };
  readonly apns: ApnsSettings;
  readonly fcm: FcmSettings;
  readonly push: {
    readonly onProviderOutage: 'retry-later' | 'accept';
    /** Notifications that this process works on at once. */
    readonly maxInFlight: number;
    /** How long an answer is held that asks for a repeat, milliseconds. */
    readonly retryLaterHold: number;
  };
  readonly e2ee: { readonly keysFile?: string };
  readonly registration: {
    /** Resolver addresses, `ip` or `ip:port`; unset: the system's. */
    readonly dnsServers?: readonly string[];
    readonly outgoingAllow: readonly string[];
  };
  readonly plans: {
    readonly freeUsers: number;
    readonly freeTrialDays: number;
    readonly auditLogStaleHours: number;
    /** Where the terms of service are. */
    readonly termsUrl?: string;
  };
  readonly stripe: { readonly secretKey?: string; readonly webhookSecret?: string; readonly apiOrigin?: string };
  readonly mail: {
    readonly smtpUrl?: string;
    readonly from: string;
    readonly supportEmail: string;
    readonly billingEmail: string;
  };
  readonly sessions: {
    /** Unset: generated and kept in `dataDir`. The first signs. */
    readonly secrets?: readonly string[];
    readonly operatorSecondFactor: 'required' | 'optional';
  };
  readonly operators: {
    /** The OpenID Connect provider that vouches for operators; unset: none does. */
    readonly openId?: { readonly issuer: string; readonly clientId: string; readonly clientSecret: string };
  };
  readonly limits: { readonly perMinute: number };
  readonly analytics: {
    /** Statistics that are stored besides those the service knows. */
    readonly extraProperties: readonly string[];
    /** What becomes of an upload with a statistic that nobody knows. */
    readonly unknownProperties: 'refuse' | 'tolerate';
    /** Whole months that statistics are kept after theirs has ended; 0: for ever. */
    readonly retentionMonths: number;
  };
  readonly metrics: { readonly port?: number };
  readonly log: { readonly level: Environment['LOG_LEVEL']; readonly format: 'json' | 'pretty' };
}

/** A setting is missing or malformed: the message names it and says what is expected, never the value. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
}

/**
 * Checks an environment and shapes it. An empty variable counts as unset, since container files often carry empty ones.
 *
 * @throws SettingsError naming every wrong setting
 */
export function parseSettings(env: Readonly<Record<string, string | undefined>>, terminal = false): Settings {
  const known = Object.keys(environmentSchema.shape);
  const given = Object.fromEntries(
    known.map((name) => [name, env[name]]).filter(([, value]) => value !== undefined && value !== ''),
  );
  const result = environmentSchema.safeParse(given);
  if (!result.success) {
    throw new SettingsError(result.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`).join('; '));
  }
  const problem = conflict(result.data);
  if (problem) throw new SettingsError(problem);
  return shape(result.data, terminal);
}

/** Settings that only make sense together. */
function conflict(env: Environment): string | undefined {
  const token = [env.APNS_KEY_FILE, env.APNS_KEY_ID, env.APNS_TEAM_ID].filter((v) => v !== undefined).length;
  if (token !== 0 && token !== 3) return 'APNS_KEY_FILE, APNS_KEY_ID and APNS_TEAM_ID must be given together';
  if ((env.APNS_CERT_FILE === undefined) !== (env.APNS_CERT_KEY_FILE === undefined)) {
    return 'APNS_CERT_FILE and APNS_CERT_KEY_FILE must be given together';
  }
  if (token === 3 && env.APNS_CERT_FILE) return 'APNS_KEY_FILE and APNS_CERT_FILE exclude each other';
  const openId = [env.OPERATOR_OIDC_ISSUER, env.OPERATOR_OIDC_CLIENT_ID, env.OPERATOR_OIDC_CLIENT_SECRET];
  if (openId.some((v) => v === undefined) && openId.some((v) => v !== undefined)) {
    return 'OPERATOR_OIDC_ISSUER, OPERATOR_OIDC_CLIENT_ID and OPERATOR_OIDC_CLIENT_SECRET must be given together';
  }
  if (env.DATABASE_URL && !env.SESSION_SECRET) {
    return 'SESSION_SECRET must be set where DATABASE_URL is: nodes that share a database share their secret';
  }
  return undefined;
}

function shape(env: Environment, terminal: boolean): Settings {
  const host = new URL(env.PUBLIC_URL).hostname;
  const mailDomain = host.includes('.') ? host : `${host}.localdomain`;
  const apple = env.APNS_SANDBOX ? 'https://api.sandbox.push.apple.com' : 'https://api.push.apple.com';
  return {
    http: {
      host: env.HOST,
      port: env.PORT,
      publicUrl: env.PUBLIC_URL,
      portalUrl: env.PORTAL_URL ?? env.PUBLIC_URL,
      operatorUrl: env.OPERATOR_URL ?? env.PUBLIC_URL,
      trustProxy: env.TRUST_PROXY ?? [],
      workers: env.WORKERS,
    },
    database: { ...present('url', env.DATABASE_URL), dataDir: env.DATA_DIR },
    redis: present('url', env.REDIS_URL),
    apns: {
      ...present('keyFile', env.APNS_KEY_FILE),
      ...present('keyId', env.APNS_KEY_ID),
      ...present('teamId', env.APNS_TEAM_ID),
      ...present('certFile', env.APNS_CERT_FILE),
      ...present('certKeyFile', env.APNS_CERT_KEY_FILE),
      origin: env.APNS_ORIGIN ?? apple,
    },
    fcm: { ...present('credentialsFile', env.FCM_CREDENTIALS_FILE), origin: env.FCM_ORIGIN },
    push: {
      onProviderOutage: env.ON_PROVIDER_OUTAGE,
      maxInFlight: env.PUSH_MAX_IN_FLIGHT,
      retryLaterHold: env.RETRY_LATER_HOLD_SECONDS * 1_000,
    },
    e2ee: present('keysFile', env.E2EE_KEYS_FILE),
    registration: { ...present('dnsServers', env.DNS_SERVERS), outgoingAllow: env.OUTGOING_ALLOW ?? [] },
    plans: {
      freeUsers: env.FREE_USERS,
      freeTrialDays: env.FREE_TRIAL_DAYS,
      auditLogStaleHours: env.AUDIT_LOG_STALE_HOURS,
      ...present('termsUrl', env.TERMS_URL),
    },
    stripe: {
      ...present('secretKey', env.STRIPE_SECRET_KEY),
      ...present('webhookSecret', env.STRIPE_WEBHOOK_SECRET),
      ...present('apiOrigin', env.STRIPE_API_ORIGIN),
    },
    mail: {
      ...present('smtpUrl', env.SMTP_URL),
      from: env.MAIL_FROM ?? `Push Bouncer <noreply@${mailDomain}>`,
      supportEmail: env.SUPPORT_EMAIL ?? `support@${mailDomain}`,
      billingEmail: env.BILLING_EMAIL ?? `billing@${mailDomain}`,
    },
    sessions: { ...present('secrets', env.SESSION_SECRET), operatorSecondFactor: env.OPERATOR_SECOND_FACTOR },
    operators: present('openId', openIdOf(env)),
    limits: { perMinute: env.RATE_LIMIT_PER_MINUTE },
    analytics: {
      extraProperties: env.ANALYTICS_PROPERTIES_EXTRA ?? [],
      unknownProperties: env.ANALYTICS_UNKNOWN_PROPERTIES,
      retentionMonths: env.COUNTS_RETENTION_MONTHS,
    },
    metrics: present('port', env.METRICS_PORT),
    log: { level: env.LOG_LEVEL, format: env.LOG_FORMAT ?? (terminal ? 'pretty' : 'json') },
  };
}

function openIdOf(env: Environment): Settings['operators']['openId'] | undefined {
  const { OPERATOR_OIDC_ISSUER: issuer, OPERATOR_OIDC_CLIENT_ID: clientId } = env;
  const { OPERATOR_OIDC_CLIENT_SECRET: clientSecret } = env;
  return issuer && clientId && clientSecret ? { issuer, clientId, clientSecret } : undefined;
}

/** `{ key: value }`, or nothing where the value is unset (optional properties are absent, never undefined). */
function present<K extends string, V>(key: K, value: V | undefined): { [P in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { [P in K]: V });
}
