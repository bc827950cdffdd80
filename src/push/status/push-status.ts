import type { DeviceCount } from '../../devices/device-counts.js';
import type { PushPermission } from '../../plans/permission/push-permission.js';
import type { PushDay, PushFailureSum } from '../../registration/counts/push-history.js';
import type { UserCount } from '../../registration/user-counts/user-counts.js';

/** One organization of a server, and whether it may send: each is judged by itself. */
export interface RealmStanding {
  readonly uuid: string;
  readonly host: string;
  readonly name: string;
  readonly permission: PushPermission;
}

/** What is known of the pushes of a server or of one of its realms: nothing of what they said, and no device. */
export interface PushFacts {
  readonly now: Date;
  /** Whether it may send. A server's own word counts for requests that name no realm. */
  readonly permission: PushPermission;
  /** When the server last uploaded its audit log, by which people are counted; null: never. */
  readonly uploadedAt: Date | null;
  /** Too old, or missing: nobody knows how many people there are. */
  readonly isStale: boolean;
  readonly version: string | null;
  readonly featureLevel: number | null;
  /** When the server last asked for anything, or named the realm; null: never. */
  readonly lastRequestAt: Date | null;
  /** By the last report, however old. */
  readonly people: UserCount;
  readonly devices: DeviceCount;
  /** Whether this service has credentials for a provider. */
  readonly configured: Readonly<Record<'apns' | 'fcm', boolean>>;
  /** The last days, oldest first, today included. */
  readonly days: readonly PushDay[];
  /** Of the last `RECENT_DAYS`. */
  readonly failures: readonly PushFailureSum[];
  /** Of a server: its realms that are in use, at most `MOST_REALMS`. Of a realm: none. */
  readonly realms: readonly RealmStanding[];
  readonly policy: { readonly freeUsers: number; readonly auditLogStaleHours: number };
}

/** Days that are shown. */
export const SHOWN_DAYS = 30;
/** Days of which failures are told in words. */
export const RECENT_DAYS = 7;
export const MOST_REALMS = 100;
