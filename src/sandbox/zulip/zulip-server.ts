import { randomBytes, randomUUID } from 'node:crypto';
import { z } from 'zod';
import { BouncerClient, type BouncerCredentials } from './bouncer-client.js';
import {
  newMessage,
  type PayloadContext,
  type Payloads,
  removal,
  testBase,
  type ZulipMessage,
  type ZulipRealm,
  type ZulipUser,
} from './zulip-payloads.js';
import { featuresOf, type ZulipFeatures } from './zulip-version.js';

export { BouncerError, type BouncerErrorKind } from './bouncer-client.js';
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
}

/** A phone as the Zulip server knows it. */
export type ZulipDevice =
  | { readonly kind: 'apns'; readonly token: string; readonly appId?: string }
  | { readonly kind: 'fcm'; readonly token: string };

const KIND = { apns: 1, fcm: 2 } as const;
/** Bundle id of Zulip's own iOS app. */
const IOS_APP_ID = 'org.zulip.Zulip';

const anything = z.looseObject({});
const registered = z.looseObject({ created: z.boolean() });
const totals = z.looseObject({ total_android_devices: z.int(), total_apple_devices: z.int() });
const notified = totals.extend({
  deleted_devices: z.looseObject({ android_devices: z.array(z.string()), apple_devices: z.array(z.string()) }),
  realm: z.looseObject({ can_push: z.boolean(), expected_end_timestamp: z.int().nullable() }).nullish(),
});

/** What the client learns from a notify answer; before 8.0 only the totals, before 2.0 nothing. */
export type NotifyAnswer = Partial<z.output<typeof notified>>;

/**
 * One self-hosted Zulip server as the push service meets it: sends what a real one of the given version sends, in its encoding, and reads
 * answers as strictly as a real one does. Keeps its users' devices like a real one. All calls reject with `BouncerError`.
 */
export class SimulatedZulipServer {
  readonly version: string;
  readonly features: ZulipFeatures;
  readonly hostname: string;
  readonly contactEmail: string;
  readonly realm: ZulipRealm;
  private secret: BouncerCredentials;
  private readonly client: BouncerClient;
  private readonly devices = new Map<number, ZulipDevice[]>();

  constructor(options: ZulipServerOptions) {
    this.version = options.version ?? '12.0';
    this.features = featuresOf(this.version);
    this.hostname = options.hostname ?? 'zulip.sandbox.test';
    this.contactEmail = options.contactEmail ?? `admin@${this.hostname.replace(/:\d+$/, '')}`;
    this.secret = options.credentials ?? { orgId: randomUUID(), orgKey: makeOrgKey() };
    this.realm = options.realm ?? { id: 2, uuid: randomUUID(), name: 'Sandbox', url: `https://${this.hostname}` };
    this.client = new BouncerClient({ url: options.url, version: this.version, features: this.features });
  }

  /** The server's id and key at the push service; the key changes when it is rotated. */
  get credentials(): BouncerCredentials {
    return this.secret;
  }

  /** Runs the registration command; `rotateKey` as with `--rotate-key`. The new key is kept once the service has taken it. */
  async register(options: { readonly rotateKey?: boolean } = {}): Promise<{ readonly created: boolean }> {
    this.need(this.features.registerCommand, 'register_server');
    const newKey = options.rotateKey ? makeOrgKey() : undefined;
    const fields = {
      zulip_org_id: this.secret.orgId,
      zulip_org_key: this.secret.orgKey,
      hostname: this.hostname,
      contact_email: this.contactEmail,
      new_org_key: newKey,
    };
    const { created } = await this.client.form('/api/v1/remotes/server/register', fields, registered);
    if (newKey && !created) this.secret = { ...this.secret, orgKey: newKey };
    return { created };
  }

  /** A user's phone reports its token. */
  async pushRegister(user: ZulipUser, device: ZulipDevice): Promise<void> {
    const fields = {
      ...this.deviceFields(user, device),
      ios_app_id: device.kind === 'apns' ? (device.appId ?? IOS_APP_ID) : undefined,
    };
    await this.client.form('/api/v1/remotes/push/register', fields, anything, this.secret);
    const others = this.devicesOf(user).filter((one) => !this.same(one, device));
    this.devices.set(user.id, [...others, device]);
  }

  /** A user logs out on one phone. */
  async pushUnregister(user: ZulipUser, device: ZulipDevice): Promise<void> {
    await this.client.form('/api/v1/remotes/push/unregister', this.deviceFields(user, device), anything, this.secret);
    this.devices.set(
      user.id,
      this.devicesOf(user).filter((one) => !this.same(one, device)),
    );
  }

  /** A user's API key was regenerated: all phones are out. */
  async pushUnregisterAll(user: ZulipUser): Promise<void> {
    this.need(this.features.unregisterAll, 'unregister/all');
    const fields = { server_uuid: this.secret.orgId, ...this.identity(user) };
    await this.client.form('/api/v1/remotes/push/unregister/all', fields, anything, this.secret);
    this.devices.delete(user.id);
  }

  /** Notifies a user of a message. */
  notify(user: ZulipUser, message: ZulipMessage): Promise<NotifyAnswer> {
    return this.sendNotify(user, newMessage(this.context(user), message));
  }

  /** Takes notifications away from a user's phones. */
  notifyRemoval(user: ZulipUser, messageIds: readonly number[]): Promise<NotifyAnswer> {
    this.need(this.features.gcmOptions, 'removals');
    return this.sendNotify(user, removal(this.context(user), messageIds));
  }

  /** Asks for a test notification to one phone. */
  async testNotification(user: ZulipUser, device: ZulipDevice): Promise<void> {
    this.need(this.features.testNotification, 'test notifications');
    const body = {
      ...this.identity(user),
      token: device.token,
      token_kind: KIND[device.kind],
      base_payload: testBase(this.context(user)),
    };
    await this.client.json('/api/v1/remotes/push/test_notification', body, anything, this.secret);
  }

  /** Phones of a user as this server believes them registered. */
  devicesOf(user: ZulipUser): readonly ZulipDevice[] {
    return this.devices.get(user.id) ?? [];
  }

  private async sendNotify(user: ZulipUser, { apns, gcm, gcmOptions }: Payloads): Promise<NotifyAnswer> {
    const tokens = (kind: ZulipDevice['kind']) =>
      this.devicesOf(user).flatMap((device) => (device.kind === kind ? [device.token] : []));
    const [apple, android] = [tokens('apns'), tokens('fcm')];
    const body = {
      ...this.identity(user),
      apns_payload: apple.length > 0 ? apns : {},
      gcm_payload: android.length > 0 ? gcm : {},
      ...(this.features.gcmOptions ? { gcm_options: android.length > 0 ? gcmOptions : {} } : {}),
      ...(this.features.realmUuid ? { android_devices: android, apple_devices: apple } : {}),
    };
    const path = '/api/v1/remotes/push/notify';
    if (!this.features.readsTotals) return await this.client.json(path, body, anything, this.secret);
    if (!this.features.realmUuid) return await this.client.json(path, body, totals, this.secret);
    const answer = await this.client.json(path, body, notified, this.secret);
    this.forget(answer.deleted_devices.android_devices, 'fcm');
    this.forget(answer.deleted_devices.apple_devices, 'apns');
    return answer;
  }

  /** Tokens the service no longer has go for all users, in the spelling it reported. */
  private forget(tokens: readonly string[], kind: ZulipDevice['kind']): void {
    for (const [userId, devices] of this.devices) {
      this.devices.set(
        userId,
        devices.filter((device) => device.kind !== kind || !tokens.includes(device.token)),
      );
    }
  }

  private deviceFields(user: ZulipUser, device: ZulipDevice) {
    return {
      server_uuid: this.secret.orgId,
      ...this.identity(user),
      token: device.token,
      token_kind: KIND[device.kind],
    };
  }

  private identity(user: ZulipUser): { user_id: number; user_uuid?: string; realm_uuid?: string } {
    return {
      user_id: user.id,
      ...(this.features.userUuid ? { user_uuid: user.uuid } : {}),
      ...(this.features.realmUuid ? { realm_uuid: this.realm.uuid } : {}),
    };
  }

  private context(user: ZulipUser): PayloadContext {
    return { features: this.features, host: this.hostname, realm: this.realm, user };
  }

  private same(a: ZulipDevice, b: ZulipDevice): boolean {
    const fold = this.features.foldsApnsTokens && a.kind === 'apns';
    const spelled = ({ token }: ZulipDevice) => (fold ? token.toLowerCase() : token);
    return a.kind === b.kind && spelled(a) === spelled(b);
  }

  private need(has: boolean, what: string): void {
    if (!has) throw new RangeError(`Zulip ${this.version} does not know ${what}`);
  }
}

/** 64 characters, the length Zulip makes. */
function makeOrgKey(): string {
  return randomBytes(32).toString('hex');
}
