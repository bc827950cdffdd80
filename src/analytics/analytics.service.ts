import { Inject, Injectable, Logger } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { DataSource, EntityManager } from 'typeorm';
import { Clock } from '../common/clock.js';
import { AppError } from '../common/errors.js';
import { PaidRealmNotice } from '../plans/customers/paid-realm-notice.js';
import { LedgerSync } from '../plans/ledger-sync.js';
import { PushPermissions } from '../plans/permission/push-permission.js';
import { RealmAuditStore } from '../registration/audit/realm-audit.store.js';
import { UploadWatermarks, type Watermarks } from '../registration/counts/upload-watermarks.js';
import { UploadedCountsStore } from '../registration/counts/uploaded-counts.store.js';
import { RealmSync } from '../registration/realms/realm-sync.js';
import type { RealmLinks } from '../registration/uploads/realm-links.js';
import { ReportingServer } from '../registration/uploads/reporting-server.js';
import type { ReportedEvents, Upload } from './upload.reader.js';

/** Whether a realm may send, as its server is told. */
export interface RealmPushStatus {
  readonly can_push: boolean;
  readonly expected_end_timestamp: number | null;
}

/** The uploaded realms, and what the numbers of their server mean. */
interface SyncedRealms {
  readonly idByUuid: ReadonlyMap<string, string>;
  readonly links: RealmLinks;
}

const NO_REALMS: SyncedRealms = { idByUuid: new Map(), links: new Map() };

/**
 * Takes in what servers report of themselves: versions, realms, user counts, statistics. An upload counts whole or not at all, and those of
 * one server follow one another. Does not decide what follows from it: permission and licences are the plans'.
 */
@Injectable()
export class AnalyticsService {
  private readonly logger = new Logger(AnalyticsService.name);

  constructor(
    @InjectDataSource() private readonly database: DataSource,
    @Inject(ReportingServer) private readonly server: ReportingServer,
    @Inject(UploadWatermarks) private readonly watermarks: UploadWatermarks,
    @Inject(UploadedCountsStore) private readonly counts: UploadedCountsStore,
    @Inject(RealmAuditStore) private readonly audit: RealmAuditStore,
    @Inject(RealmSync) private readonly realms: RealmSync,
    @Inject(PushPermissions) private readonly permissions: PushPermissions,
    @Inject(LedgerSync) private readonly ledgers: LedgerSync,
    @Inject(PaidRealmNotice) private readonly notice: PaidRealmNotice,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  /** Up to where the server has reported its rows. */
  marks(serverId: string): Promise<Watermarks> {
    return this.watermarks.read(this.database.manager, serverId);
  }

  /**
   * Takes an upload in; answers whether each uploaded realm may send, by its UUID.
   *
   * @throws AppError for the first rule of docs/protocol.md, Analytics, that the content breaks; nothing is kept then
   */
  accept(serverId: string, upload: Upload): Promise<Record<string, RealmPushStatus>> {
    return this.database.transaction(async (tx) => {
      const now = this.clock.now();
      const server = await this.server.lock(tx, serverId);
      const isNewVersion = await this.server.noteVersion(tx, serverId, server, upload.version);
      await this.checkOrder(tx, serverId, upload);
      const realms = await this.syncRealms(tx, serverId, upload, isNewVersion, now);
      await this.storeCounts(tx, serverId, upload, realms.links);
      if (upload.events) await this.storeEvents(tx, serverId, upload.events, realms.links, now);
      await this.raiseMarks(tx, serverId, upload);
      await this.permissions.refresh(tx, serverId);
      return this.pushStatus(tx, serverId, upload, realms.idByUuid);
    });
  }

  private async checkOrder(tx: EntityManager, serverId: string, upload: Upload): Promise<void> {
    const marks = await this.watermarks.read(tx, serverId);
    upload.realmCounts.check(marks.realmCountId);
    upload.installationCounts.check(marks.installationCountId);
    upload.events?.list.check(marks.realmAuditLogId);
  }

  private async syncRealms(
    tx: EntityManager,
    serverId: string,
    { realms }: Upload,
    isNewVersion: boolean,
    now: Date,
  ): Promise<SyncedRealms> {
    if (!realms) return NO_REALMS;
    const { ids: idByUuid, disappeared } = await this.realms.sync(tx, serverId, realms, now);
    await this.notice.send(tx, disappeared);
    const links = new Map(realms.map(({ id, uuid }) => [id, idByUuid.get(uuid) as string]));
    // A server sends realms and old rows together for the first time when it has been upgraded.
    if (isNewVersion && links.size > 0) {
      const oneEach = new Map(
        [...new Map([...links].map(([id, realm]) => [realm, id]))].map(([realm, id]) => [id, realm]),
      );
      await this.counts.link(tx, serverId, oneEach);
      await this.audit.link(tx, serverId, oneEach);
    }
    return { idByUuid, links };
  }

  private async storeCounts(tx: EntityManager, serverId: string, upload: Upload, links: RealmLinks): Promise<void> {
    const { realmCounts, installationCounts } = upload;
    const forRealms = await this.counts.insertForRealms(tx, serverId, realmCounts.rows, links);
    this.warnOfDropped(serverId, 'remote_realm_counts', realmCounts.rows.length, forRealms);
    const forServer = await this.counts.insertForServer(tx, serverId, installationCounts.rows);
    this.warnOfDropped(serverId, 'remote_installation_counts', installationCounts.rows.length, forServer);
  }

  private async storeEvents(
    tx: EntityManager,
    serverId: string,
    { list, malformed }: ReportedEvents,
    links: RealmLinks,
    now: Date,
  ): Promise<void> {
    if (malformed) throw new AppError('upload.audit-data');
    const stored = await this.audit.insertReported(tx, serverId, list.rows, links);
    this.warnOfDropped(serverId, 'remote_realm_audit_log', list.rows.length, stored);
    await this.server.heartbeat(tx, serverId, now);
    const realmIds = new Set(
      list.rows.map(({ realmId }) => links.get(String(realmId))).filter((id) => id !== undefined),
    );
    await this.ledgers.sync(tx, serverId, [...realmIds]);
  }

  private async raiseMarks(tx: EntityManager, serverId: string, upload: Upload): Promise<void> {
    const marks: Watermarks = {
      realmCountId: upload.realmCounts.highest,
      installationCountId: upload.installationCounts.highest,
      realmAuditLogId: upload.events?.list.highest ?? 0n,
    };
    if (Object.values(marks).some((mark: bigint) => mark > 0n)) await this.watermarks.raise(tx, serverId, marks);
  }

  private async pushStatus(
    tx: EntityManager,
    serverId: string,
    { realms = [] }: Upload,
    idByUuid: ReadonlyMap<string, string>,
  ): Promise<Record<string, RealmPushStatus>> {
    const ids = new Map(realms.map(({ uuid }) => [uuid, idByUuid.get(uuid) as string]));
    if (ids.size === 0) return {};
    const permissions = await this.permissions.ofRealms(tx, serverId, [...ids.values()]);
    const status = [...ids].map(([uuid, id]): [string, RealmPushStatus] => {
      const permission = permissions.get(id);
      return [
        uuid,
        {
          can_push: permission?.canPush ?? false,
          expected_end_timestamp: permission?.expectedEndTimestamp ?? null,
        },
      ];
    });
    return Object.fromEntries(status);
  }

  private warnOfDropped(serverId: string, table: string, offered: number, stored: number): void {
    if (stored === offered) return;
    this.logger.warn('dropped duplicated rows of an upload', { serverId, table, offered, dropped: offered - stored });
  }
}
