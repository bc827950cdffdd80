import { Inject, Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { DataSource, EntityManager } from 'typeorm';
import { Clock } from '../../common/clock.js';
import { AppError } from '../../common/errors.js';
import { keyDigest, keyMatches } from '../../common/key-digest.js';
import { ActivityRecorder } from '../activity.recorder.js';
import { AUDIT_EVENT } from '../audit/audit-event.js';
import { ServerAuditLog } from '../audit/server-audit-log.entity.js';
import { ContactEmailCheck } from '../contact-email/contact-email-check.js';
import { parseMailDomain } from '../contact-email/email-address.js';
import { checkHostname } from '../hostname.js';
import type { RegisterRequest } from './registration.schemas.js';
import { RemoteServer } from './remote-server.entity.js';
import { ServerDirectory } from './server-directory.js';

/** Advisory locks that make "nobody has this yet" true until the transaction ends; any two different numbers. */
const LOCK_UUID = 7_205_002;
const LOCK_HOSTNAME = 7_205_003;

const UUID_V4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** Registers Zulip servers and renews their registrations. Does not deactivate them: that needs to know of plans. */
@Injectable()
export class RegistrationService {
  constructor(
    @InjectDataSource() private readonly database: DataSource,
    @Inject(ContactEmailCheck) private readonly contactEmail: ContactEmailCheck,
    @Inject(ServerDirectory) private readonly directory: ServerDirectory,
    @Inject(ActivityRecorder) private readonly activity: ActivityRecorder,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  /**
   * Creates or updates a registration; answers whether it was created.
   *
   * @throws AppError for the first rule of docs/protocol.md, Registration, that the request breaks
   */
  async register(request: RegisterRequest): Promise<boolean> {
    const problem = checkHostname(request.hostname);
    if (problem) throw new AppError('registration.hostname', { problem });
    await this.checkContactEmail(request.contact_email);
    if (!UUID_V4.test(request.zulip_org_id)) throw new AppError('registration.uuid');
    const { created, serverId } = await this.database.transaction((tx) => this.save(tx, request));
    this.directory.forget(request.zulip_org_id);
    await this.activity.serverSeen(serverId);
    return created;
  }

  /**
   * Creates a registration on an operator's word, for servers that cannot register themselves (Zulip before 1.8.1). The contact
   * address must be well-formed, but DNS is not asked about it. False where the UUID is registered already.
   *
   * @throws AppError for a malformed value, or a host name that another active registration has
   */
  async add(request: RegisterRequest): Promise<boolean> {
    const problem = checkHostname(request.hostname);
    if (problem) throw new AppError('registration.hostname', { problem });
    if (!parseMailDomain(request.contact_email)) {
      throw new AppError('registration.email', { reason: 'Enter a valid email address.' });
    }
    if (!UUID_V4.test(request.zulip_org_id)) throw new AppError('registration.uuid');
    return this.database.transaction(async (tx) => {
      await tx.query('SELECT pg_advisory_xact_lock($1, hashtext($2))', [LOCK_UUID, request.zulip_org_id]);
      if (await tx.existsBy(RemoteServer, { uuid: request.zulip_org_id })) return false;
      return (await this.create(tx, request)).created;
    });
  }

  private async checkContactEmail(address: string): Promise<void> {
    const problem = await this.contactEmail.check(address);
    if (problem?.kind === 'resolver-unavailable')
      throw new AppError('http.unavailable', {}, {}, { 'Retry-After': '30' });
    if (problem) throw new AppError('registration.email', { reason: problem.reason }, { email_reason: problem.reason });
  }

  private async save(tx: EntityManager, request: RegisterRequest): Promise<{ created: boolean; serverId: string }> {
    await tx.query('SELECT pg_advisory_xact_lock($1, hashtext($2))', [LOCK_UUID, request.zulip_org_id]);
    const server = await tx.findOne(RemoteServer, {
      where: { uuid: request.zulip_org_id },
      lock: { mode: 'for_no_key_update' },
    });
    return server ? this.update(tx, server, request) : this.create(tx, request);
  }

  private async update(tx: EntityManager, server: RemoteServer, request: RegisterRequest) {
    if (!keyMatches(request.zulip_org_key, server.keyDigest)) {
      throw new AppError('registration.key-mismatch', { role: request.zulip_org_id }, { role: request.zulip_org_id });
    }
    if (server.deactivated) throw new AppError('registration.deactivated');
    await tx.update(RemoteServer, server.id, {
      hostname: request.hostname,
      contactEmail: request.contact_email,
      updatedAt: this.clock.now(),
      ...(request.new_org_key === undefined ? {} : { keyDigest: keyDigest(request.new_org_key) }),
    });
    return { created: false, serverId: server.id };
  }

  private async create(tx: EntityManager, request: RegisterRequest) {
    await tx.query('SELECT pg_advisory_xact_lock($1, hashtext($2))', [LOCK_HOSTNAME, request.hostname]);
    if (await tx.existsBy(RemoteServer, { hostname: request.hostname, deactivated: false })) {
      const { hostname } = request;
      throw new AppError('registration.hostname-taken', { hostname }, { hostname });
    }
    const now = this.clock.now();
    const server = await tx.save(RemoteServer, {
      uuid: request.zulip_org_id,
      keyDigest: keyDigest(request.zulip_org_key),
      hostname: request.hostname,
      contactEmail: request.contact_email,
      createdAt: now,
      updatedAt: now,
    });
    await tx.insert(ServerAuditLog, { serverId: server.id, eventTime: now, eventType: AUDIT_EVENT.serverCreated });
    return { created: true, serverId: server.id };
  }
}
