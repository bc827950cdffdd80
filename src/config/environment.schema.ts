import ipaddr from 'ipaddr.js';
import { z } from 'zod';

/**
 * The shape of the environment: every setting with its default and its check. Names and meanings are documented for operators
 * in docs/settings.md; a test compares the two.
 */

const text = z.string().trim().min(1, 'must not be empty');

const flag = z
  .enum(['true', 'false', '1', '0', 'yes', 'no'], 'must be true or false')
  .transform((v) => v === 'true' || v === '1' || v === 'yes');

const integer = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,15}$/, `must be a whole number from ${min} to ${max}`)
    .transform(Number)
    .refine((n) => n >= min && n <= max, `must be a whole number from ${min} to ${max}`);

const origin = (schemes: readonly string[]) =>
  z.string().transform((value, ctx) => {
    const url = URL.canParse(value) ? new URL(value) : undefined;
    const ok =
      url && schemes.includes(url.protocol.slice(0, -1)) && /^\/?$/.test(url.pathname) && !url.search && !url.hash;
    if (ok && !url.username && !url.password) return url.origin;
    ctx.addIssue({ code: 'custom', message: `must be an origin such as ${schemes[0]}://host:port, without a path` });
    return z.NEVER;
  });

const urlOf = (schemes: readonly string[]) =>
  z.string().refine((value) => URL.canParse(value) && schemes.includes(new URL(value).protocol.slice(0, -1)), {
    message: `must be a URL that starts with ${schemes.map((s) => `${s}://`).join(' or ')}`,
  });

const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

/** The issuer of an OpenID Connect provider, which may have a path; over plain HTTP only on this machine. */
const issuer = z.string().transform((value, ctx) => {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  const safe = url?.protocol === 'https:' || (url?.protocol === 'http:' && LOOPBACK.test(url.hostname));
  if (safe && !url.search && !url.hash && !url.username && !url.password) return value;
  ctx.addIssue({ code: 'custom', message: 'must be a URL that starts with https://, or with http:// on this machine' });
  return z.NEVER;
});

const list = text.transform((value) =>
  value
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== ''),
);

const email = z.email('must be an e-mail address');

const secrets = list.refine((parts) => parts.length > 0 && parts.every((part) => part.length >= 32), {
  message: 'must be secrets of at least 32 characters each, comma-separated',
});

const dnsServers = list.refine(
  (parts) => parts.every((part) => /^(\[[0-9a-f:]+\]|[0-9a-f:]+|\d+\.\d+\.\d+\.\d+)(:\d+)?$/i.test(part)),
  { message: 'must be a list of ip or ip:port' },
);

const properties = list.refine((parts) => parts.every((part) => /^[\x21-\x7e]{1,32}$/.test(part)), {
  message: 'must be a list of statistics, each of at most 32 characters',
});

const outgoingAllow = list.refine(
  (parts) => parts.every((part) => (part.includes('/') ? ipaddr.isValidCIDR(part) : /^[^\s@]+$/.test(part))),
  { message: 'must be a list of hosts, addresses or CIDR ranges' },
);

export const environmentSchema = z.object({
  HOST: text.default('127.0.0.1'),
  PORT: integer(0, 65_535).default(3000),
  PUBLIC_URL: origin(['https', 'http']).default('http://localhost:3000'),
  PORTAL_URL: origin(['https', 'http']).optional(),
  OPERATOR_URL: origin(['https', 'http']).optional(),
  TRUST_PROXY: list.optional(),
  DATABASE_URL: urlOf(['postgres', 'postgresql']).optional(),
  DATA_DIR: text.default('./.data'),
  REDIS_URL: urlOf(['redis', 'rediss']).optional(),
  WORKERS: integer(1, 256).default(1),
  APNS_KEY_FILE: text.optional(),
  APNS_KEY_ID: text.regex(/^[A-Za-z0-9]{10}$/, 'must be the 10-character key id').optional(),
  APNS_TEAM_ID: text.regex(/^[A-Za-z0-9]{10}$/, 'must be the 10-character team id').optional(),
  APNS_CERT_FILE: text.optional(),
  APNS_CERT_KEY_FILE: text.optional(),
  APNS_SANDBOX: flag.default(false),
  APNS_ORIGIN: origin(['https']).optional(),
  FCM_CREDENTIALS_FILE: text.optional(),
  FCM_ORIGIN: origin(['https', 'http']).default('https://fcm.googleapis.com'),
  E2EE_KEYS_FILE: text.optional(),
  STRIPE_SECRET_KEY: text.optional(),
  STRIPE_WEBHOOK_SECRET: text.optional(),
  STRIPE_API_ORIGIN: origin(['https', 'http']).optional(),
  SMTP_URL: urlOf(['smtp', 'smtps']).optional(),
  MAIL_FROM: text.optional(),
  OPERATOR_SECOND_FACTOR: z.enum(['required', 'optional'], 'must be required or optional').default('required'),
  OPERATOR_OIDC_ISSUER: issuer.optional(),
  OPERATOR_OIDC_CLIENT_ID: text.optional(),
  OPERATOR_OIDC_CLIENT_SECRET: text.optional(),
  FREE_TRIAL_DAYS: integer(0, 3650).default(30),
  TERMS_URL: urlOf(['https', 'http']).optional(),
  SUPPORT_EMAIL: email.optional(),
  BILLING_EMAIL: email.optional(),
  SESSION_SECRET: secrets.optional(),
  RATE_LIMIT_PER_MINUTE: integer(1, 10_000_000).default(1000),
  FREE_USERS: integer(0, 1_000_000).default(10),
  AUDIT_LOG_STALE_HOURS: integer(1, 8_760).default(48),
  ON_PROVIDER_OUTAGE: z.enum(['retry-later', 'accept'], 'must be retry-later or accept').default('retry-later'),
  PUSH_MAX_IN_FLIGHT: integer(4, 100_000).default(2000),
  RETRY_LATER_HOLD_SECONDS: integer(0, 10).default(5),
  DNS_SERVERS: dnsServers.optional(),
  OUTGOING_ALLOW: outgoingAllow.optional(),
  ANALYTICS_PROPERTIES_EXTRA: properties.optional(),
  ANALYTICS_UNKNOWN_PROPERTIES: z.enum(['refuse', 'tolerate'], 'must be refuse or tolerate').default('refuse'),
  COUNTS_RETENTION_MONTHS: integer(0, 1_200).default(0),
  METRICS_PORT: integer(0, 65_535).optional(),
  LOG_LEVEL: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'verbose'], 'must be fatal, error, warn, info, debug or verbose')
    .default('info'),
  LOG_FORMAT: z.enum(['json', 'pretty'], 'must be json or pretty').optional(),
});

export type Environment = z.infer<typeof environmentSchema>;
