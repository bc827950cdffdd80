import { Inject, Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { DataSource, EntityManager } from 'typeorm';
import { Clock } from '../../common/clock.js';
import { AppError, type ErrorName } from '../../common/errors.js';
import { keyDigest } from '../../common/key-digest.js';
import type { Settings } from '../../config/settings.js';
import { SETTINGS } from '../../config/settings.module.js';
import { AUDIT_EVENT } from '../audit/audit-event.js';
import { ServerAuditLog } from '../audit/server-audit-log.entity.js';
import { checkHostname } from '../hostname.js';
import { newServerKey } from '../servers/new-server-key.js';
import { RemoteServer } from '../servers/remote-server.entity.js';
import { ServerDirectory } from '../servers/server-directory.js';
import type { HostFailure } from './host/host-call.js';
import { type HostStatement, HostVerification } from './host/host-verification.js';
import type { VerifyChallengeRequest } from './transfer.schemas.js';
import { VerificationBudget } from './verification-budget.js';
import { type SecretVerdict, VerificationSecrets } from './verification-secrets.js';

/** The credentials of a registration that was taken over. */
export interface TransferredCredentials {
  readonly uuid: string;
  readonly key: string;
}

const OF_FAILURE: Readonly<Record<HostFailure, ErrorName>> = {
  tls: 'transfer.host-tls',
  connection: 'transfer.host-connection',
  timeout: 'transfer.host-timeout',
  other: 'transfer.host-failure',
};

const OF_VERDICT: Readonly<Record<Exclude<SecretVerdict, 'good'>, ErrorName>> = {
  malformed: 'transfer.secret-malformed',
  invalid: 'transfer.secret-invalid',
  expired: 'transfer.secret-expired',
  'other-host': 'transfer.secret-other-host',
};

/**
 * Hands a registration to whoever runs the host it is registered for: its administrator is given a secret, and where the host then
 * shows it, a new key. Does not create registrations.
 */
@Injectable()
export class TransferService {
  constructor(
    @InjectDataSource() private readonly database: DataSource,
    @Inject(VerificationSecrets) private readonly secrets: VerificationSecrets,
    @Inject(VerificationBudget) private readonly budget: VerificationBudget,
    @Inject(HostVerification) private readonly hosts: HostVerification,
    @Inject(ServerDirectory) private readonly directory: ServerDirectory,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /**
   * A secret for the host to show within ten seconds.
   *
   * @throws AppError where the host name is none, or nobody active is registered under it
   */
  async begin(hostname: string): Promise<string> {
    const problem = checkHostname(hostname);
    if (problem) throw new AppError('registration.hostname', { problem });
    if (!(await this.database.manager.existsBy(RemoteServer, { hostname, deactivated: false }))) {
      throw new AppError('transfer.not-registered', { hostname });
    }
    return this.secrets.issue(hostname);
  }

  /**
   * Asks the host for the secret, and gives its registration a new key; the old one is dead at once.
   *
   * @throws AppError for the first thing that is wrong (docs/protocol.md, Transfer)
   */
  async complete({ hostname, access_token: token }: VerifyChallengeRequest): Promise<TransferredCredentials> {
    const support = this.settings.mail.supportEmail;
    if (!(await this.budget.take())) throw new AppError('transfer.budget', { support });
    const server = await this.registered(this.database.manager, hostname);
    // Nothing else escapes a path: it would ask the host for another page.
    if (/^\.*$/.test(token)) throw new AppError('params.format', { name: 'access_token' });
    const secret = secretOf(await this.hosts.ask(hostname, token));
    const verdict = await this.secrets.check(secret, hostname);
    if (verdict !== 'good') throw new AppError(OF_VERDICT[verdict]);
    const key = newServerKey();
    await this.database.transaction((tx) => this.replaceKey(tx, hostname, server.id, key));
    this.directory.forget(server.uuid);
    return { uuid: server.uuid, key };
  }

  private async registered(tx: EntityManager, hostname: string): Promise<RemoteServer> {
    const [server, ...others] = await tx.findBy(RemoteServer, { hostname, deactivated: false });
    if (!server) throw new AppError('transfer.not-found');
    if (others.length > 0) throw new AppError('transfer.ambiguous', { support: this.settings.mail.supportEmail });
    return server;
  }

  /** The host was asked outside this transaction: the registration must still be the one that it spoke for. */
  private async replaceKey(tx: EntityManager, hostname: string, id: string, key: string): Promise<void> {
    const now = this.clock.now();
    const { affected } = await tx.update(
      RemoteServer,
      { id, hostname, deactivated: false },
      { keyDigest: keyDigest(key), updatedAt: now },
    );
    if (affected !== 1) throw new AppError('transfer.not-found');
    const eventType = AUDIT_EVENT.registrationTransferred;
    await tx.insert(ServerAuditLog, { serverId: id, eventTime: now, eventType });
  }
}

/** @throws AppError where the host did not show a secret */
function secretOf(statement: HostStatement): string {
  switch (statement.kind) {
    case 'secret':
      return statement.secret;
    case 'not-prepared':
      throw new AppError('transfer.not-prepared');
    case 'status':
      throw new AppError('transfer.host-status', { status: statement.status });
    case 'unreadable':
      throw new AppError('transfer.host-answer');
    case 'failure':
      throw new AppError(OF_FAILURE[statement.failure]);
  }
}
