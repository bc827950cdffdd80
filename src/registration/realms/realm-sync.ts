import { Inject, Injectable, Logger } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { AppError } from '../../common/errors.js';
import { AUDIT_EVENT } from '../audit/audit-event.js';
import { type NotedEvent, RealmAuditStore } from '../audit/realm-audit.store.js';
import { attributeChanges, type RealmAttributes, type ReportedRealm } from './reported-realm.js';

interface StoredRealm extends RealmAttributes {
  readonly id: string;
  readonly uuid: string;
  readonly realm_locally_deleted: boolean;
}

/** What became of the realms of a server. */
export interface SyncedRealms {
  /** Of every realm that the server ever named, by its UUID. */
  readonly ids: ReadonlyMap<string, string>;
  /** Ids of those that it named so far and does not name any more. */
  readonly disappeared: readonly string[];
}

const FIND = `
  SELECT id, uuid, host, org_type, name, authentication_methods, realm_deactivated, is_system_bot_realm, realm_locally_deleted
  FROM remote_realms WHERE server_id = $1 ORDER BY id`;

// By UUID, so that two servers that claim the same realms cannot wait for each other.
const CREATE = `
  INSERT INTO remote_realms
    (server_id, created_at, updated_at, uuid, uuid_owner_secret, realm_date_created,
     host, org_type, name, authentication_methods, realm_deactivated, is_system_bot_realm)
  SELECT $1::bigint, $2::timestamptz, $2::timestamptz, realm.*
  FROM jsonb_to_recordset($3::jsonb) AS realm
    (uuid uuid, uuid_owner_secret text, realm_date_created timestamptz,
     host text, org_type smallint, name text, authentication_methods jsonb, realm_deactivated boolean, is_system_bot_realm boolean)
  ORDER BY uuid
  RETURNING id, uuid`;

const UPDATE = `
  UPDATE remote_realms AS realm SET
    host = news.host, org_type = news.org_type, name = news.name, authentication_methods = news.authentication_methods,
    realm_deactivated = news.realm_deactivated, is_system_bot_realm = news.is_system_bot_realm,
    realm_locally_deleted = false, updated_at = $1
  FROM jsonb_to_recordset($2::jsonb) AS news
    (id bigint, host text, org_type smallint, name text, authentication_methods jsonb, realm_deactivated boolean,
     is_system_bot_realm boolean)
  WHERE realm.id = news.id`;

const MARK_DELETED =
  'UPDATE remote_realms SET realm_locally_deleted = true, updated_at = $1 WHERE id = ANY ($2::bigint[])';

const UNIQUE_VIOLATION = '23505';

/**
 * Keeps the realms of a server as the server describes them, and notes what changes. A realm that the server no longer names is marked,
 * not removed: people who try an upgrade on a copy of their server must not lose anything by it.
 */
@Injectable()
export class RealmSync {
  private readonly logger = new Logger(RealmSync.name);

  constructor(@Inject(RealmAuditStore) private readonly audit: RealmAuditStore) {}

  /**
   * Takes over the complete list of a server's realms. The caller holds the server's lock.
   *
   * @throws AppError `realm.duplicate` where a realm belongs to another server, or a new one is named twice
   */
  async sync(
    tx: EntityManager,
    serverId: string,
    reported: readonly ReportedRealm[],
    now: Date,
  ): Promise<SyncedRealms> {
    const stored = await tx.query<StoredRealm[]>(FIND, [serverId]);
    const known = new Map(stored.map((realm) => [realm.uuid, realm]));
    const fresh = reported.filter(({ uuid }) => !known.has(uuid));
    const ids = new Map(stored.map(({ uuid, id }) => [uuid, id]));
    for (const { uuid, id } of await this.create(tx, serverId, fresh, now)) ids.set(uuid, id);
    const events = await this.update(tx, known, reported, now);
    const disappeared = await this.markDeleted(tx, stored, reported, now);
    for (const remoteRealmId of disappeared) {
      events.push({ remoteRealmId, realmId: null, eventType: AUDIT_EVENT.realmLocallyDeleted, extraData: {} });
    }
    await this.audit.note(tx, serverId, events, now);
    return { ids, disappeared };
  }

  private async create(tx: EntityManager, serverId: string, realms: readonly ReportedRealm[], now: Date) {
    if (realms.length === 0) return [];
    const rows = realms.map(({ uuid, ownerSecret, dateCreated, attributes }) => ({
      uuid,
      uuid_owner_secret: ownerSecret,
      realm_date_created: dateCreated,
      ...attributes,
    }));
    try {
      return await tx.query<{ id: string; uuid: string }[]>(CREATE, [serverId, now, JSON.stringify(rows)]);
    } catch (error) {
      const { code, constraint } = error as { code?: unknown; constraint?: unknown };
      if (code !== UNIQUE_VIOLATION) throw error;
      this.logger.log('a server reported a realm that is registered already', { serverId, code, constraint });
      throw new AppError('realm.duplicate');
    }
  }

  private async update(
    tx: EntityManager,
    known: Map<string, StoredRealm>,
    reported: readonly ReportedRealm[],
    now: Date,
  ): Promise<NotedEvent[]> {
    const events: NotedEvent[] = [];
    const changed = new Map<string, StoredRealm>();
    for (const { uuid, id: realmId, attributes } of reported) {
      const before = known.get(uuid);
      if (!before) continue;
      const note = (eventType: number, extraData: object) =>
        events.push({ remoteRealmId: before.id, realmId, eventType, extraData: { ...extraData } });
      const changes = attributeChanges(before, attributes);
      for (const change of changes) note(AUDIT_EVENT.realmAttributeChanged, change);
      if (before.realm_locally_deleted) note(AUDIT_EVENT.realmReturned, {});
      if (changes.length === 0 && !before.realm_locally_deleted) continue;
      const after = { ...before, ...attributes, realm_locally_deleted: false };
      known.set(uuid, after);
      changed.set(uuid, after);
    }
    if (changed.size > 0) await tx.query(UPDATE, [now, JSON.stringify([...changed.values()])]);
    return events;
  }

  private async markDeleted(
    tx: EntityManager,
    stored: readonly StoredRealm[],
    reported: readonly ReportedRealm[],
    now: Date,
  ): Promise<string[]> {
    const present = new Set(reported.map(({ uuid }) => uuid));
    const gone = stored.filter(({ uuid, realm_locally_deleted: marked }) => !marked && !present.has(uuid));
    if (gone.length === 0) return [];
    const ids = gone.map(({ id }) => id);
    await tx.query(MARK_DELETED, [now, ids]);
    return ids;
  }
}
