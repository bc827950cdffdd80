import { randomUUID } from 'node:crypto';
import type { ServiceChild } from '../process/service-child.js';
import { Surroundings, sponsor } from '../process/surroundings.js';
import type { ApiAnswer, ApiRequest, Credentials } from '../support/api-client.js';
import { canary, canaryKey, canaryNumber } from './canaries.js';

/** A user of a server with a phone of each kind. */
export interface Owner {
  readonly auth: Credentials;
  readonly userId: number;
  readonly apple: string;
  readonly android: string;
}

/**
 * The service as a process with its embedded database, where everything that anybody sends it is a planted string. Talkative: it logs
 * at the lowest level.
 */
export class CanaryWorld {
  /** All processes of the service that ran; the first is the one that drives use unless they need another. */
  readonly services: ServiceChild[] = [];
  private users = 0;

  private constructor(readonly around: Surroundings) {}

  static async create(): Promise<CanaryWorld> {
    const world = new CanaryWorld(await Surroundings.create());
    await world.start();
    return world;
  }

  get service(): ServiceChild {
    return this.services[0] as ServiceChild;
  }

  get databaseUrl(): string {
    return this.around.embeddedUrl;
  }

  /** Starts a process of the service on the same database, with these settings. */
  async start(env: Readonly<Record<string, string>> = {}): Promise<ServiceChild> {
    const service = this.around.spawn({ LOG_LEVEL: 'verbose', ...env });
    this.services.push(service);
    return service.listening();
  }

  call(endpoint: string, request?: ApiRequest): Promise<ApiAnswer> {
    return this.service.call(endpoint, request);
  }

  /** A registered server that may send. Its host name, address and key are planted. */
  async aServer(): Promise<Credentials> {
    const auth = { uuid: randomUUID(), key: canaryKey() };
    const form = {
      zulip_org_id: auth.uuid,
      zulip_org_key: auth.key,
      hostname: `${canary('metadata')}.zulip.test`,
      contact_email: `${canary('metadata')}@zulip.test`,
    };
    const { status, text } = await this.call('server/register', { form });
    if (status !== 200) throw new Error(`could not register: ${text}`);
    await sponsor(this.databaseUrl, auth.uuid);
    return auth;
  }

  /** A new user with an iPhone and an Android phone. */
  async anOwner(auth: Credentials): Promise<Owner> {
    this.users += 1;
    const owner = { auth, userId: 100 + this.users, apple: canary('token'), android: canary('token') };
    const phones = [
      { token: owner.apple, token_kind: 1, ios_app_id: 'org.zulip.Zulip' },
      { token: owner.android, token_kind: 2 },
    ];
    for (const phone of phones) {
      const { status } = await this.call('push/register', { auth, form: { user_id: owner.userId, ...phone } });
      if (status !== 200) throw new Error('could not register a phone');
    }
    return owner;
  }

  /** Sends a notification, planted in every field, to a user. */
  notify(owner: Owner, service: ServiceChild = this.service): Promise<ApiAnswer> {
    return service.call('push/notify', { auth: owner.auth, json: notification(owner) });
  }

  /** Stops all processes that still run. */
  async stop(): Promise<void> {
    for (const service of this.services) await service.stop();
  }

  remove(): Promise<void> {
    return this.around.remove();
  }
}

/** A notification in which everything that can carry content does. */
export function notification(owner: Pick<Owner, 'userId'>) {
  const content = () => canary('content');
  return {
    user_id: owner.userId,
    apns_payload: {
      alert: { title: content(), subtitle: content(), body: `hello ${content()} é 🎉` },
      sound: content(),
      badge: 0,
      custom: { zulip: { sender_full_name: content(), [content()]: content(), message_ids: [canaryNumber()] } },
      [content()]: content(),
    },
    gcm_payload: {
      event: 'message',
      content: content(),
      sender_email: `${content()}@zulip.test`,
      zulip_message_id: canaryNumber(),
      [content()]: content(),
    },
    gcm_options: { priority: 'high' },
    android_devices: [canary('token')],
    apple_devices: [canary('token')],
    [content()]: content(),
  };
}

/** Headers of a request, planted too. */
export const plantedHeaders = (): Record<string, string> => ({
  'user-agent': `ZulipServer/${canary('content')}`,
  'x-unknown': canary('content'),
  'x-request-id': canary('content'),
  referer: `https://zulip.test/${canary('content')}`,
  cookie: `session=${canary('key')}`,
});
