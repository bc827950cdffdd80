import { z } from 'zod';
import { BouncerError } from './bouncer-client.js';
import { fromQueue } from './retry-queue.js';
import type { ZulipDevice } from './zulip-devices.js';
import type { ZulipParts } from './zulip-parts.js';
import type { Payloads, ZulipUser } from './zulip-payloads.js';

const PATH = '/api/v1/remotes/push';
const KIND = { apns: 1, fcm: 2 } as const;
/** Bundle id of Zulip's own iOS app. */
const IOS_APP_ID = 'org.zulip.Zulip';

const anything = z.looseObject({});
const totals = z.looseObject({ total_android_devices: z.int(), total_apple_devices: z.int() });
const notified = totals.extend({
  deleted_devices: z.looseObject({ android_devices: z.array(z.string()), apple_devices: z.array(z.string()) }),
  realm: z.looseObject({ can_push: z.boolean(), expected_end_timestamp: z.int().nullable() }).nullish(),
});

/** What the client learns from a notify answer; before 8.0 only the totals, before 2.0 nothing. */
export type NotifyAnswer = Partial<z.output<typeof notified>>;

/** The part of a Zulip server that hands its users' tokens to the push service and notifies by them. */
export class LegacyPush {
  constructor(private readonly parts: ZulipParts) {}

  async register(user: ZulipUser, device: ZulipDevice): Promise<void> {
    const appId = device.kind === 'apns' ? (device.appId ?? IOS_APP_ID) : undefined;
    await this.form('register', { ...this.deviceFields(user, device), ios_app_id: appId });
    this.remember(user, device);
  }

  remember(user: ZulipUser, device: ZulipDevice): void {
    this.parts.database.devices.add(user.id, device, this.parts.features.foldsApnsTokens);
  }

  async unregister(user: ZulipUser, device: ZulipDevice): Promise<void> {
    await this.form('unregister', this.deviceFields(user, device));
    this.parts.database.devices.remove(user.id, device, this.parts.features.foldsApnsTokens);
  }

  async unregisterAll(user: ZulipUser): Promise<void> {
    const fields = { server_uuid: this.parts.database.credentials.orgId, ...this.identity(user) };
    await fromQueue(() => this.form('unregister/all', fields));
    this.parts.database.devices.removeAll(user.id);
  }

  /** Sends a notification for all of a user's devices; an empty payload for a kind of device the user does not have. */
  async notify(user: ZulipUser, { apns, gcm, gcmOptions }: Payloads): Promise<NotifyAnswer> {
    const { features, database, client } = this.parts;
    const devices = database.devices.of(user.id);
    const tokens = (kind: ZulipDevice['kind']) => devices.flatMap((one) => (one.kind === kind ? [one.token] : []));
    const [apple, android] = [tokens('apns'), tokens('fcm')];
    const body = {
      ...this.identity(user),
      apns_payload: apple.length > 0 ? apns : {},
      gcm_payload: android.length > 0 ? gcm : {},
      ...(features.gcmOptions ? { gcm_options: android.length > 0 ? gcmOptions : {} } : {}),
      ...(features.realmUuid ? { android_devices: android, apple_devices: apple } : {}),
    };
    const send = <S extends z.ZodType>(answer: S) =>
      fromQueue(() => client.json(`${PATH}/notify`, body, answer, database.credentials));
    if (!features.readsTotals) return await send(anything);
    if (!features.realmUuid) return await send(totals);
    return await this.heed(send(notified));
  }

  /** `base`: what the app shows of where it comes from. */
  async test(user: ZulipUser, device: ZulipDevice, base: object): Promise<void> {
    const body = {
      ...this.identity(user),
      token: device.token,
      token_kind: KIND[device.kind],
      base_payload: base,
    };
    const { client, database } = this.parts;
    await client.json(`${PATH}/test_notification`, body, anything, database.credentials);
  }

  /** What a server from 8.0 on takes from an answer: devices that are gone, and whether it may go on. */
  private async heed(answered: Promise<z.output<typeof notified>>): Promise<z.output<typeof notified>> {
    const { devices, pushStatus } = this.parts.database;
    try {
      const answer = await answered;
      devices.forget(answer.deleted_devices.android_devices, 'fcm');
      devices.forget(answer.deleted_devices.apple_devices, 'apns');
      if (answer.realm) pushStatus.pushed(answer.realm, this.parts.clock.now());
      return answer;
    } catch (error) {
      if (error instanceof BouncerError && error.code === 'PUSH_NOTIFICATIONS_DISALLOWED') pushStatus.disallowed();
      throw error;
    }
  }

  private async form(endpoint: string, fields: Readonly<Record<string, string | number | undefined>>): Promise<void> {
    const { client, database } = this.parts;
    await client.form(`${PATH}/${endpoint}`, fields, anything, database.credentials);
  }

  private deviceFields(user: ZulipUser, { token, kind }: ZulipDevice) {
    const serverUuid = this.parts.database.credentials.orgId;
    return { server_uuid: serverUuid, ...this.identity(user), token, token_kind: KIND[kind] };
  }

  private identity(user: ZulipUser): { user_id: number; user_uuid?: string; realm_uuid?: string } {
    const { features, database } = this.parts;
    return {
      user_id: user.id,
      ...(features.userUuid ? { user_uuid: user.uuid } : {}),
      ...(features.realmUuid ? { realm_uuid: database.realm.uuid } : {}),
    };
  }
}
