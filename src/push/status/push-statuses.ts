import { Inject, Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import { Clock } from '../../common/clock.js';
import type { Settings } from '../../config/settings.js';
import { SETTINGS } from '../../config/settings.module.js';
import { DeviceCounts } from '../../devices/device-counts.js';
import { isStale } from '../../plans/permission/decide-permission.js';
import { type PermissionSubject, PushPermissions } from '../../plans/permission/push-permission.js';
import { PushHistory } from '../../registration/counts/push-history.js';
import { UserCounts } from '../../registration/user-counts/user-counts.js';
import { ApnsProvider, FcmProvider } from '../push-provider.js';
import { type PushRemark, pushRemarks } from './push-remarks.js';
import { MOST_REALMS, type PushFacts, RECENT_DAYS, type RealmStanding, SHOWN_DAYS } from './push-status.js';

/** How the pushes of a server or realm fare, with remarks in words. */
export interface PushStatus extends PushFacts {
  readonly remarks: readonly PushRemark[];
}

interface ServerRow {
  readonly uploadedAt: Date | null;
  readonly version: string | null;
  readonly featureLevel: number | null;
  readonly lastRequestAt: Date | null;
}

// Of a realm, when it was last named; the rest is its server's.
const FACTS = `
  SELECT s.last_audit_log_update AS "uploadedAt", s.last_version AS version, s.last_api_feature_level AS "featureLevel",
    CASE WHEN $2::bigint IS NULL THEN sa.last_request_at ELSE ra.last_request_at END AS "lastRequestAt"
  FROM remote_servers s
  LEFT JOIN remote_server_activity sa ON sa.server_id = s.id
  LEFT JOIN remote_realm_activity ra ON ra.realm_id = $2
  WHERE s.id = $1`;

const REALMS = `
  SELECT id, uuid, host, COALESCE(NULLIF(name, ''), host) AS name FROM remote_realms
  WHERE server_id = $1 AND NOT is_system_bot_realm AND NOT realm_deactivated AND NOT realm_locally_deleted
    AND NOT registration_deactivated AND NOT starts_with(host, 'zulipinternal.')
  ORDER BY host, id LIMIT ${MOST_REALMS}`;

const DAY_MILLIS = 86_400_000;
const day = (at: number) => new Date(at).toISOString().slice(0, 10);

/** Tells why pushes arrive, or do not, from what is counted anyway. */
@Injectable()
export class PushStatuses {
  constructor(
    @InjectDataSource() private readonly database: DataSource,
    @Inject(PushPermissions) private readonly permissions: PushPermissions,
    @Inject(PushHistory) private readonly history: PushHistory,
    @Inject(UserCounts) private readonly users: UserCounts,
    @Inject(DeviceCounts) private readonly devices: DeviceCounts,
    @Inject(ApnsProvider) private readonly apns: ApnsProvider,
    @Inject(FcmProvider) private readonly fcm: FcmProvider,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /** The status of one realm of a server, or of the server; undefined where there is no such server. */
  async of(subject: PermissionSubject): Promise<PushStatus | undefined> {
    const { serverId, realmId } = subject;
    const [server] = await this.database.query<ServerRow[]>(FACTS, [serverId, realmId ?? null]);
    if (!server) return undefined;
    const registrant = realmId === undefined ? { serverId } : { realmId };
    const now = this.clock.now();
    const today = now.getTime();
    const facts: PushFacts = {
      ...server,
      now,
      permission: await this.permissions.of(subject),
      isStale: isStale(server.uploadedAt, now, this.settings.plans),
      people: await this.peopleOf(subject, now),
      devices: await this.devices.of(registrant),
      configured: { apns: this.apns.configured, fcm: this.fcm.configured },
      days: await this.history.ofDays(registrant, { from: day(today - (SHOWN_DAYS - 1) * DAY_MILLIS), to: day(today) }),
      failures: await this.history.failuresOf(registrant, {
        from: day(today - (RECENT_DAYS - 1) * DAY_MILLIS),
        to: day(today),
      }),
      realms: realmId === undefined ? await this.realmsOf(serverId) : [],
      policy: this.settings.plans,
    };
    return { ...facts, remarks: pushRemarks(facts) };
  }

  private peopleOf({ serverId, realmId }: PermissionSubject, at: Date) {
    const { manager } = this.database;
    return realmId === undefined
      ? this.users.ofServerAt(manager, serverId, at)
      : this.users.ofRealmAt(manager, realmId, at);
  }

  private async realmsOf(serverId: string): Promise<RealmStanding[]> {
    const { manager } = this.database;
    const rows = await manager.query<{ id: string; uuid: string; host: string; name: string }[]>(REALMS, [serverId]);
    const permissions = await this.permissions.ofRealms(
      manager,
      serverId,
      rows.map(({ id }) => id),
    );
    return rows.flatMap(({ id, ...realm }) => {
      const permission = permissions.get(id);
      return permission ? [{ ...realm, permission }] : [];
    });
  }
}
