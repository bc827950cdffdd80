import type { BouncerExchange } from '../../src/sandbox/zulip/bouncer-client.js';
import { SimulatedPhone } from '../../src/sandbox/zulip/simulated-phone.js';
import { SimulatedZulipServer } from '../../src/sandbox/zulip/zulip-server.js';
import { featuresOf } from '../../src/sandbox/zulip/zulip-version.js';
import { PUBLIC_KEY } from '../e2ee/sealed.js';
import type { TestService } from '../support/service.js';

export const HAMLET = { id: 10, uuid: '7c258b11-5c5b-4b0c-a0b6-3d9f6f6b2a10' };

export const MESSAGE = {
  id: 7,
  senderName: 'Ophelia',
  content: 'Are you coming?',
  channel: { id: 3, name: 'social', topic: 'food' },
};

let number = 0;

/** A phone of each kind with a token of its own. */
export function phones() {
  number += 1;
  return {
    iphone: { kind: 'apns', token: `c0ffee${String(number).padStart(4, '0')}`, appId: 'org.zulip.Zulip' },
    android: { kind: 'fcm', token: `Android-token-${number}` },
  } as const;
}

/** A Zulip server of this version; one that has no command to register is registered by hand. */
export async function aZulip(
  service: TestService,
  version: string,
  observe?: (exchange: BouncerExchange) => void,
): Promise<SimulatedZulipServer> {
  number += 1;
  const options = { url: service.origin, version, clock: service.clock, ...(observe ? { observe } : {}) };
  const hostname = `zulip${number}.zulip.test`;
  if (featuresOf(version).registerCommand) return new SimulatedZulipServer({ ...options, hostname });
  const { uuid, key } = await service.addServer({ hostname, uploaded: false });
  return new SimulatedZulipServer({ ...options, hostname, credentials: { orgId: uuid, orgKey: key } });
}

/** The service's number of a server that is registered. */
export async function serverId(service: TestService, zulip: SimulatedZulipServer): Promise<string> {
  const [row] = await service.rows<{ id: string }>('SELECT id FROM remote_servers WHERE uuid = $1', [
    zulip.credentials.orgId,
  ]);
  return row?.id ?? '';
}

/** A phone of each kind whose apps encrypt, with the service's public key built in. */
export async function encryptingPhones(): Promise<Record<'iphone' | 'android', SimulatedPhone>> {
  const { iphone, android } = phones();
  const common = { bouncerPublicKey: PUBLIC_KEY };
  return {
    iphone: await SimulatedPhone.create({ ...iphone, ...common }),
    android: await SimulatedPhone.create({ ...android, ...common }),
  };
}

/** What Apple's and Google's stand-ins passed on to a phone, as it came: bodies, oldest first. */
export function received(service: TestService, { kind, token }: { kind: 'apns' | 'fcm'; token: string }): unknown[] {
  return (kind === 'apns' ? service.apns : service.fcm).receivedFor(token).map(({ body }) => body);
}
