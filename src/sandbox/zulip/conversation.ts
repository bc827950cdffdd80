import type { SimulatedPhone } from './simulated-phone.js';
import type { SimulatedZulipServer, ZulipDevice, ZulipMessage, ZulipUser } from './zulip-server.js';

/** Who takes part besides the server. */
export interface Cast {
  readonly user: ZulipUser;
  readonly devices: readonly ZulipDevice[];
  /** A phone whose app encrypts; only Zulip 11 and later have something to say to it. */
  readonly encrypting?: SimulatedPhone;
  readonly message: ZulipMessage;
  /** The server is registered already, as one older than 1.8.1 must be. */
  readonly registered: boolean;
  /** The time by which phones date what they seal. */
  readonly now: () => Date;
}

/** One step of a conversation; in words, and done. */
export interface Step {
  readonly says: string;
  run(): Promise<unknown>;
}

/**
 * Everything that a Zulip server of this version says to the push service in its life, in order: registration, uploads, phones,
 * notifications and their removal, and the end of it all.
 */
export function conversationOf(zulip: SimulatedZulipServer, cast: Cast): Step[] {
  const { user, devices, encrypting, message } = cast;
  const { features } = zulip;
  const [first, ...others] = devices;
  const step = (says: string, run: Step['run'], told = true): Step[] => (told ? [{ says, run }] : []);
  const registers = features.registerCommand && !cast.registered;
  const encrypts = features.encryption !== 'none' && encrypting !== undefined;
  return [
    ...step('registers', () => zulip.register(), registers),
    ...step('uploads, as every hour', () => uploadHour(zulip), features.uploads !== 'none'),
    ...devices.flatMap((device) => step(`${device.kind} phone logs in`, () => zulip.pushRegister(user, device))),
    ...step('notifies', () => zulip.notify(user, message)),
    ...step('the message was read', () => zulip.notifyRemoval(user, [message.id]), features.gcmOptions),
    ...(encrypts ? encryptedSteps(zulip, cast, encrypting) : []),
    ...(first ? step('tests a phone', () => zulip.testNotification(user, first), features.testNotification) : []),
    ...step('somebody joins', () => zulip.changeUsers({ members: 5 }), features.uploads === 'realms'),
    ...(first ? step('a phone logs out', () => zulip.pushUnregister(user, first)) : []),
    ...(features.unregisterAll
      ? step('all phones are out', () => zulip.pushUnregisterAll(user))
      : others.flatMap((device) => step('a phone logs out', () => zulip.pushUnregister(user, device)))),
  ];
}

function encryptedSteps(zulip: SimulatedZulipServer, { user, message, now }: Cast, phone: SimulatedPhone): Step[] {
  return [
    {
      says: 'a phone logs in that encrypts',
      run: () => zulip.pushRegisterEncrypted(user, phone.register(now())),
    },
    { says: 'notifies it', run: () => zulip.notifyEncrypted(user, message) },
    { says: 'the message was read', run: () => zulip.notifyRemovalEncrypted(user, [message.id]) },
  ];
}

async function uploadHour(zulip: SimulatedZulipServer): Promise<void> {
  zulip.countHour({ sent: 12, read: 34 });
  const outcome = await zulip.upload();
  // Zulip only logs it and goes on; whoever looks on wants to know.
  if (outcome.kind === 'failed') throw outcome.error;
}
