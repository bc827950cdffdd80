import { Registration1764000000001 } from './1764000000001-registration.js';
import { Counts1764000000002 } from './1764000000002-counts.js';
import { Devices1764000000003 } from './1764000000003-devices.js';
import { PushPermission1764000000005 } from './1764000000005-push-permission.js';
import { Transfer1764000000006 } from './1764000000006-transfer.js';
import { MailOutbox1764000000007 } from './1764000000007-mail-outbox.js';
import { Plans1764000000008 } from './1764000000008-plans.js';
import { ProviderTokens1764000000009 } from './1764000000009-provider-tokens.js';
import { InvoiceAttempts1764000000012 } from './1764000000012-invoice-attempts.js';
import { BrowserSessions1764000000013 } from './1764000000013-browser-sessions.js';
import { BillingContact1764000000014 } from './1764000000014-billing-contact.js';
import { Operators1764000000015 } from './1764000000015-operators.js';
import { Usage1764000000016 } from './1764000000016-usage.js';
import { PortalLogins1764000000017 } from './1764000000017-portal-logins.js';
import { ServicePage1764000000018 } from './1764000000018-service-page.js';
import { SupportLogs1764000000019 } from './1764000000019-support-logs.js';
import { UnlinkedUsers1764000000020 } from './1764000000020-unlinked-users.js';
import { PushTallies1764000000021 } from './1764000000021-push-tallies.js';

/** Every migration, oldest first. One that has been released is never edited; a mistake is mended by the next one. */
export const migrations = [
  Registration1764000000001,
  Counts1764000000002,
  Devices1764000000003,
  PushPermission1764000000005,
  Transfer1764000000006,
  MailOutbox1764000000007,
  Plans1764000000008,
  ProviderTokens1764000000009,
  InvoiceAttempts1764000000012,
  BrowserSessions1764000000013,
  BillingContact1764000000014,
  Operators1764000000015,
  Usage1764000000016,
  PortalLogins1764000000017,
  ServicePage1764000000018,
  SupportLogs1764000000019,
  UnlinkedUsers1764000000020,
  PushTallies1764000000021,
] as const;
