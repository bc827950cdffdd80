import { type Clock, SystemClock } from '../../common/clock.js';
import { BouncerClient, type BouncerCredentials, type BouncerExchange } from './bouncer-client.js';
import { type EncryptedAnswer, EncryptedPush } from './encrypted-push.js';
import { LegacyPush, type NotifyAnswer } from './legacy-push.js';
import { MetadataUpload, type UploadOccasion, type UploadOutcome } from './metadata-upload.js';
import { PlanManagement, type PlanManagementVisit, type ZulipAccount, type ZulipPage } from './plan-management.js';
import type { PushStatus } from './push-status.js';
import type { HandedRegistration } from './simulated-phone.js';
import { type OwnRealm, ZulipDatabase } from './zulip-database.js';
import type { ZulipDevice } from './zulip-devices.js';
import {
  encryptedMessage,
  encryptedRemoval,
  newMessage,
  type PayloadContext,
  removal,
  testBase,
  type ZulipMessage,
  type ZulipRealm,
  type ZulipUser,
} from './zulip-payloads.js';
import type { RoleCounts } from './zulip-records.js';
import { type ServeSecret, ZulipRegistration } from './zulip-registration.js';
import { featuresOf, type ZulipFeatures } from './zulip-version.js';

export { BouncerError, type BouncerErrorKind, type BouncerExchange } from './bouncer-client.js';
export type { ZulipAccount, ZulipPage } from './plan-management.js';
export type { ZulipDevice } from './zulip-devices.js';
export type { ZulipMessage, ZulipRealm, ZulipUser } from './zulip-payloads.js';

export interface ZulipServerOptions {
  /** Origin of the push service. */
  readonly url: string;
  readonly version?: string;
  /** External host, perhaps with a port. */
  readonly hostname?: string;
  readonly contactEmail?: string;
  readonly credentials?: BouncerCredentials;
  readonly realm?: ZulipRealm;
  readonly clock?: Clock;
  /** Whether it uses a push service; true unless said otherwise. */
  readonly usesPushService?: boolean;
  /** Told of every call that was answered. */
  readonly observe?: (exchange: BouncerExchange) => void;
}

/**
 * One self-hosted Zulip server as the push service meets it: sends what a real one of the given version sends, in its encoding, reads
 * answers as strictly as a real one does, and lives on with them as a real one does. Calls reject with `BouncerError`, and with
 * `RangeError` where the version has no such call.
 */
export class SimulatedZulipServer {
  readonly version: string;
  readonly features: ZulipFeatures;
  readonly hostname: string;
  readonly contactEmail: string;
  private readonly clock: Clock;
  private readonly database: ZulipDatabase;
  private readonly registration: ZulipRegistration;
  private readonly metadata: MetadataUpload;
  private readonly legacy: LegacyPush;
  private readonly encrypted: EncryptedPush;
  private readonly planManagement: PlanManagement;

  constructor(
    private readonly options: ZulipServerOptions,
    database?: ZulipDatabase,
  ) {
    this.version = options.version ?? '12.0';
    this.features = featuresOf(this.version);
    this.hostname = options.hostname ?? 'zulip.sandbox.test';
    this.contactEmail = options.contactEmail ?? `admin@${this.hostname.replace(/:\d+$/, '')}`;
    this.clock = options.clock ?? new SystemClock();
    this.database = database ?? new ZulipDatabase(this.hostname, this.clock.now(), options);
    const { version, features, hostname, contactEmail, clock } = this;
    const { url, observe } = options;
    const client = new BouncerClient({ url, version, features, ...(observe ? { observe } : {}) });
    const parts = { version, features, hostname, contactEmail, clock, client, database: this.database };
    this.registration = new ZulipRegistration(parts);
    this.metadata = new MetadataUpload(parts);
    this.legacy = new LegacyPush(parts);
    this.encrypted = new EncryptedPush(parts);
    this.planManagement = new PlanManagement(parts, this.metadata, options.usesPushService ?? true);
  }

  /** The same server after an upgrade, or with an old version restored: another program on the same database. */
  withVersion(version: string): SimulatedZulipServer {
    return new SimulatedZulipServer({ ...this.options, version }, this.database);
  }

  /** The server's id and key at the push service; the key changes when it is rotated. */
  get credentials(): BouncerCredentials {
    return this.database.credentials;
  }

  /** The organization with the users. */
  get realm(): OwnRealm {
    return this.database.realm;
  }

  /** Whether the server believes that its realm may send (8.0 and later). */
  get pushStatus(): Pick<PushStatus, 'enabled' | 'expectedEnd'> {
    return this.database.pushStatus;
  }

  /** Runs the registration command, `rotateKey` as with `--rotate-key`. From 8.0 on an upload follows at once. */
  async register(options: { readonly rotateKey?: boolean } = {}): Promise<{ readonly created: boolean }> {
    this.need(this.features.registerCommand, 'register_server');
    const answer = await this.registration.register(options.rotateKey ?? false);
    if (this.features.uploads === 'realms') await this.metadata.run('change');
    return answer;
  }

  /** Takes over the registration of this host name, as a rebuilt server does that lost its id and key. */
  async transferRegistration(serve: ServeSecret): Promise<void> {
    this.need(this.features.transfer, 'the transfer of a registration');
    await this.registration.transfer(serve);
    await this.register();
  }

  /** Ends the registration. */
  async deactivate(): Promise<void> {
    this.need(this.features.deactivate, 'the end of a registration');
    await this.registration.deactivate();
  }

  /** Uploads what the service has not heard yet; as the hourly job does unless told otherwise. */
  async upload(occasion: UploadOccasion = 'hourly'): Promise<UploadOutcome> {
    this.need(this.features.uploads !== 'none', 'uploads');
    return await this.metadata.run(occasion);
  }

  /** Its users change: that is written down, and from 8.0 on the service hears of it at once. */
  async changeUsers(roles: Partial<RoleCounts>): Promise<void> {
    this.database.records.changeUsers(roles, this.clock.now());
    if (this.features.uploads === 'realms') await this.metadata.run('change');
  }

  /** Writes down the statistics of the last full hour, for the next hourly upload. */
  countHour(messages: { readonly sent: number; readonly read: number }): void {
    this.database.records.countHour(this.clock.now(), messages);
  }

  /** A user's phone reports its token. */
  pushRegister(user: ZulipUser, device: ZulipDevice): Promise<void> {
    return this.legacy.register(user, device);
  }

  /** Takes a phone for registered, as a server does that finds it in its database. */
  remember(user: ZulipUser, device: ZulipDevice): void {
    this.legacy.remember(user, device);
  }

  /** A user's phone hands over a registration for encrypted notifications. */
  async pushRegisterEncrypted(user: ZulipUser, handed: HandedRegistration): Promise<void> {
    this.need(this.features.encryption !== 'none', 'encrypted notifications');
    await this.encrypted.register(user.id, handed);
  }

  /** A user logs out on one phone. */
  pushUnregister(user: ZulipUser, device: ZulipDevice): Promise<void> {
    return this.legacy.unregister(user, device);
  }

  /** A user's API key was regenerated: all phones are out. */
  async pushUnregisterAll(user: ZulipUser): Promise<void> {
    this.need(this.features.unregisterAll, 'unregister/all');
    await this.legacy.unregisterAll(user);
  }

  /** Notifies a user of a message, on the phones that do not encrypt. */
  notify(user: ZulipUser, message: ZulipMessage): Promise<NotifyAnswer> {
    return this.legacy.notify(user, newMessage(this.context(user), message));
  }

  /** Takes notifications away from a user's phones. */
  async notifyRemoval(user: ZulipUser, messageIds: readonly number[]): Promise<NotifyAnswer> {
    this.need(this.features.gcmOptions, 'removals');
    return await this.legacy.notify(user, removal(this.context(user), messageIds));
  }

  /** Notifies a user of a message, on the phones that encrypt. */
  async notifyEncrypted(user: ZulipUser, message: ZulipMessage): Promise<EncryptedAnswer> {
    this.need(this.features.encryption !== 'none', 'encrypted notifications');
    return await this.encrypted.notify(user.id, encryptedMessage(this.context(user), message), false);
  }

  /** Takes notifications away from a user's phones that encrypt. */
  async notifyRemovalEncrypted(user: ZulipUser, messageIds: readonly number[]): Promise<EncryptedAnswer> {
    this.need(this.features.encryption !== 'none', 'encrypted notifications');
    return await this.encrypted.notify(user.id, encryptedRemoval(this.context(user), messageIds), true);
  }

  /** Asks for a test notification to one phone. */
  async testNotification(user: ZulipUser, device: ZulipDevice): Promise<void> {
    this.need(this.features.testNotification, 'test notifications');
    await this.legacy.test(user, device, testBase(this.context(user)));
  }

  /** What a user gets who opens plan management: a redirect to it, as a rule, or where it is. */
  async openPlanManagement(account: ZulipAccount, visit: PlanManagementVisit = {}): Promise<ZulipPage> {
    this.need(this.features.uploads === 'realms', 'plan management');
    return await this.planManagement.open(account, visit);
  }

  /** The page that says that no push service is configured. */
  openNotConfigured(): ZulipPage {
    return this.planManagement.notConfigured();
  }

  /** Phones of a user as this server believes them registered. */
  devicesOf(user: ZulipUser): readonly ZulipDevice[] {
    return this.database.devices.of(user.id);
  }

  /** How many phones of a user take encrypted notifications, as this server believes. */
  encryptingDevicesOf(user: ZulipUser): number {
    return this.database.encryptedDevices.of(user.id).length;
  }

  private context(user: ZulipUser): PayloadContext {
    return { features: this.features, host: this.hostname, realm: this.realm, user };
  }

  private need(has: boolean, what: string): void {
    if (!has) throw new RangeError(`Zulip ${this.version} does not know ${what}`);
  }
}
