import { LosslessNumber, stringify } from 'lossless-json';
import { z } from 'zod';
import { BouncerError, UPLOAD_PATH } from './bouncer-client.js';
import type { OwnRealm } from './zulip-database.js';
import type { ZulipParts } from './zulip-parts.js';
import type { AuditRow, CountRow } from './zulip-records.js';

const STATUS_PATH = '/api/v1/remotes/server/analytics/status';
/** Rows of one list in one upload. */
const MAX_ROWS = 10_000;

const countIds = z.looseObject({ last_realm_count_id: z.int(), last_installation_count_id: z.int() });
const allIds = countIds.extend({ last_realmauditlog_id: z.int() });
const accepted = z.looseObject({});
const acceptedRealms = z.looseObject({
  realms: z.record(z.string(), z.looseObject({ can_push: z.boolean(), expected_end_timestamp: z.int().nullable() })),
});

/** Why an upload is made: the hourly job, or a change that the service should hear of at once (8.0 and later). */
export type UploadOccasion = 'hourly' | 'change';

/** How an upload ended, as far as the Zulip server lives on with it. */
export type UploadOutcome =
  | { readonly kind: 'accepted' }
  | { readonly kind: 'nothing-new' }
  | { readonly kind: 'failed'; readonly error: BouncerError };

/** Tells the push service of a server's organizations, users and statistics: what is new by the service's own word. */
export class MetadataUpload {
  constructor(private readonly parts: ZulipParts) {}

  /**
   * Asks what the service has, and sends the rest. A failure is noted in the realm's push status as Zulip does, and answered.
   *
   * @throws BouncerError for what Zulip reports to its administrators, and for a failed upload of the hourly job
   */
  async run(occasion: UploadOccasion): Promise<UploadOutcome> {
    const { client, database, features } = this.parts;
    let form: Readonly<Record<string, string>> | undefined;
    try {
      const has =
        features.uploads === 'counts'
          ? { last_realmauditlog_id: 0, ...(await client.get(STATUS_PATH, countIds, database.credentials)) }
          : await client.get(STATUS_PATH, allIds, database.credentials);
      form = this.form(has, occasion);
    } catch (error) {
      return this.failed(error);
    }
    if (!form) return { kind: 'nothing-new' };
    try {
      await this.send(form);
    } catch (error) {
      if (occasion === 'hourly') throw error;
      return this.failed(error);
    }
    return { kind: 'accepted' };
  }

  /** The fields of the upload; undefined where an older server sees no need of one. */
  private form(has: z.output<typeof allIds>, occasion: UploadOccasion): Record<string, string> | undefined {
    const { features, database, version } = this.parts;
    const { records, realm } = database;
    // Statistics wait for the hourly job.
    const counts = <T>(rows: readonly T[]) => (occasion === 'hourly' ? rows : []);
    const realmCounts = counts(newer(records.realmCounts, has.last_realm_count_id));
    const installationCounts = counts(newer(records.installationCounts, has.last_installation_count_id));
    const audit = features.uploads === 'counts' ? [] : newer(records.audit, has.last_realmauditlog_id);
    const whole = features.uploads === 'realms';
    if (!whole && realmCounts.length + installationCounts.length + audit.length === 0) return undefined;
    return {
      realm_counts: jsonText(realmCounts.map((row) => ({ ...countFields(row), realm: realm.id }))),
      installation_counts: jsonText(installationCounts.map(countFields)),
      ...(features.uploads === 'counts'
        ? {}
        : { realmauditlog_rows: jsonText(audit.map((row) => this.auditFields(row))) }),
      ...(whole ? { realms: jsonText(database.realms.map(realmFields)) } : {}),
      version: jsonText(version),
      ...(features.mergeBase ? { merge_base: jsonText(version) } : {}),
      ...(features.featureLevel === null ? {} : { api_feature_level: jsonText(features.featureLevel) }),
    };
  }

  private async send(form: Readonly<Record<string, string>>): Promise<void> {
    const { client, database, features } = this.parts;
    if (features.uploads !== 'realms') {
      await client.form(UPLOAD_PATH, form, accepted, database.credentials);
      return;
    }
    const { realms } = await client.form(UPLOAD_PATH, form, acceptedRealms, database.credentials);
    // A realm the answer does not name keeps what was known of it.
    const told = realms[database.realm.uuid];
    if (told) database.pushStatus.told(told);
  }

  private failed(error: unknown): UploadOutcome {
    if (!(error instanceof BouncerError)) throw error;
    const unheardOf = error.kind === 'fatal' && error.status >= 201 && error.status < 400;
    if (unheardOf || error.code === 'INVALID_ZULIP_SERVER') throw error;
    // The service's own trouble says nothing about this server.
    if (error.status < 500) this.parts.database.pushStatus.doubted(this.parts.clock.now());
    return { kind: 'failed', error };
  }

  private auditFields({ id, eventTime, eventType, roles }: AuditRow) {
    const extraData = {
      '10': {
        '11': {
          '100': roles.owners,
          '200': roles.administrators,
          '300': roles.moderators,
          '400': roles.members,
          '600': roles.guests,
        },
        '12': roles.bots,
      },
    };
    return {
      id,
      realm: this.parts.database.realm.id,
      event_time: unixTime(eventTime),
      backfilled: false,
      extra_data: this.parts.features.extraDataIsText ? jsonText(extraData) : extraData,
      event_type: eventType,
    };
  }
}

function newer<T extends { readonly id: number }>(rows: readonly T[], lastId: number): readonly T[] {
  return rows.filter(({ id }) => id > lastId).slice(0, MAX_ROWS);
}

function countFields({ id, property, subgroup, endTime, value }: CountRow) {
  return { id, property, subgroup, end_time: unixTime(endTime), value };
}

/** A realm as the service hears of it. */
export function realmFields({ id, uuid, name, url, ownerSecret, createdAt, isSystemBotRealm }: OwnRealm) {
  return {
    id,
    uuid,
    uuid_owner_secret: ownerSecret,
    host: url.replace(/^https?:\/\//, ''),
    url,
    deactivated: false,
    date_created: unixTime(createdAt),
    org_type: isSystemBotRealm ? 0 : 10,
    name,
    authentication_methods: { Email: true, GitHub: false },
    is_system_bot_realm: isSystemBotRealm,
  };
}

/** Python writes a float with its point, be it whole or not. */
function unixTime(time: Date): LosslessNumber {
  const seconds = time.getTime() / 1_000;
  return new LosslessNumber(Number.isInteger(seconds) ? `${seconds}.0` : String(seconds));
}

/** JSON as Python writes it, as far as that matters. */
export function jsonText(value: unknown): string {
  return stringify(value) ?? 'null';
}
