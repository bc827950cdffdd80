import { type TestServerRow, TestService } from '../support/service.js';
import { PUBLIC_KEY, seal, tokenId } from './sealed.js';

export const APPLE = 'c0ffee';
export const ANDROID = 'android-tokenaz';
export const APS = { 'mutable-content': 1, alert: { title: 'New notification' } };
export const HEADERS = { apns_priority: 10, apns_push_type: 'alert' };

/** What newer servers send to a phone of each kind. */
export const payload = { push_key_id: 2408, encrypted_data: 'c2VjcmV0' };
export const forApple = { token_id: tokenId(APPLE), http_headers: HEADERS, payload: { ...payload, aps: APS } };
export const forAndroid = { token_id: tokenId(ANDROID), fcm_priority: 'high', payload };
/** The part of an answer that names both phones as gone. */
export const bothGone = { delete_token_ids: [tokenId(APPLE), tokenId(ANDROID)] };

/** The answer of so many deliveries. */
export const delivered = (android: number, apple: number, more: object = {}) => ({
  status: 200,
  body: {
    result: 'success',
    msg: '',
    android_successfully_sent_count: android,
    apple_successfully_sent_count: apple,
    delete_token_ids: [],
    realm_push_status: { can_push: true, expected_end_timestamp: null },
    ...more,
  },
});

/** A realm of a newer server, in a running service. */
export class EncryptedRealm {
  private constructor(
    readonly service: TestService,
    readonly server: TestServerRow,
    readonly id: string,
    readonly uuid: string,
  ) {}

  static async create(service: TestService, server?: TestServerRow): Promise<EncryptedRealm> {
    const owner = server ?? (await service.addServer({ featureLevel: 468 }));
    const { id, uuid } = await service.addRealm(owner);
    return new EncryptedRealm(service, owner, id, uuid);
  }

  /** Registers a phone of each kind; their numbers here. */
  async registerPhones(): Promise<{ apple: number; android: number }> {
    return {
      apple: await this.register({ token: APPLE, token_kind: 'apns', ios_app_id: 'example.app' }),
      android: await this.register({ token: ANDROID, token_kind: 'fcm', ios_app_id: null }),
    };
  }

  /** Status and body of the answer to some push requests; other fields, and another server, if need be. */
  async notify(push_requests: unknown, fields: object = {}, auth = this.server) {
    const json = { realm_uuid: this.uuid, push_requests, ...fields };
    const { status, body } = await this.service.call('push/e2ee/notify', { auth, json });
    return { status, body };
  }

  /** Tokens of the devices that are marked as dead. */
  async expired(): Promise<string[]> {
    const rows = await this.service.rows<{ token: string }>(
      'SELECT token FROM encrypted_devices WHERE remote_realm_id = $1 AND expired_at IS NOT NULL ORDER BY token',
      [this.id],
    );
    return rows.map(({ token }) => token);
  }

  /** The counters of the realm and of its server. */
  async counts(): Promise<[table: string, property: string, value: number][]> {
    await this.service.addUp();
    const rows = await this.service.rows<{ whose: string; property: string; value: string }>(
      `SELECT 'realm' AS whose, property, value FROM remote_realm_counts WHERE remote_realm_id = $1
       UNION ALL SELECT 'server', property, value FROM remote_installation_counts WHERE server_id = $2 ORDER BY 2`,
      [this.id, this.server.id],
    );
    return rows.map(({ whose, property, value }) => [whose, property, Number(value)]);
  }

  private async register(plain: Record<string, unknown> & { token: string }): Promise<number> {
    const answer = await this.service.call('push/e2ee/register', {
      auth: this.server,
      form: {
        realm_uuid: this.uuid,
        token_id: tokenId(plain.token),
        encrypted_push_registration: await seal({ ...plain, timestamp: this.service.clock.seconds() }),
        bouncer_public_key: PUBLIC_KEY,
      },
    });
    return Number(answer.body['device_id']);
  }
}
