import { randomBytes, randomUUID } from 'node:crypto';
import type { InboxEntry } from '../inbox/inbox-page.js';
import { SimulatedPhone } from '../zulip/simulated-phone.js';
import { SimulatedZulipServer } from '../zulip/zulip-server.js';
import type { DemoPhones } from './demo-phones.js';

const DELIVERY_MS = 30_000;

/** What the scenario tells of itself. */
export type Say = (line: string) => void;

/**
 * One Zulip server at work: registers, reports an iPhone and an Android phone of one user, notifies them; then the same for a tablet
 * whose app encrypts. Resolves when all three show their message.
 *
 * @throws BouncerError where the service refuses; Error where a phone gets nothing within half a minute, or the service something to read
 */
export async function playZulip(
  service: { readonly url: string; readonly publicKey: string },
  phones: DemoPhones,
  say: Say,
): Promise<SimulatedZulipServer> {
  const zulip = new SimulatedZulipServer({
    url: service.url,
    hostname: 'zulip.chess-club.test',
    realm: { id: 2, uuid: randomUUID(), name: 'Chess club', url: 'https://zulip.chess-club.test' },
  });
  await zulip.register();
  say(`Zulip ${zulip.version} at ${zulip.hostname} registered and told how many users it has.`);
  await playPlain(zulip, phones, say);
  await playEncrypted(zulip, phones, service.publicKey, say);
  return zulip;
}

/** Who gets notifications on an iPhone and an Android phone. */
export const HAMLET = { id: 10, uuid: randomUUID() };
const CHANNEL = { id: 3, name: 'club night', topic: 'Tuesday' };

async function playPlain(zulip: SimulatedZulipServer, phones: DemoPhones, say: Say): Promise<void> {
  const iphone = { kind: 'apns', token: randomBytes(32).toString('hex'), appId: 'org.zulip.Zulip' } as const;
  const android = { kind: 'fcm', token: androidToken() } as const;
  phones.name(iphone.token, 'Hamlet’s iPhone').name(android.token, 'Hamlet’s Android phone');
  await zulip.pushRegister(HAMLET, iphone);
  await zulip.pushRegister(HAMLET, android);
  say('Its user Hamlet logged in on an iPhone and an Android phone. Ophelia writes to him:');
  const content = 'The board is set up. Are you coming?';
  const message = { id: 1, senderName: 'Ophelia', content, channel: CHANNEL };
  const [shown] = await Promise.all([deliveries(phones, 2), zulip.notify(HAMLET, message)]);
  for (const entry of shown) say(describe(entry));
}

async function playEncrypted(
  zulip: SimulatedZulipServer,
  phones: DemoPhones,
  bouncerPublicKey: string,
  say: Say,
): Promise<void> {
  const user = { ...HAMLET, id: 11 };
  const tablet = await SimulatedPhone.create({ kind: 'fcm', token: androidToken(), bouncerPublicKey });
  phones.name(tablet.token, 'Gertrude’s tablet').encrypts(tablet);
  await zulip.pushRegisterEncrypted(user, tablet.register(new Date()));
  say('Gertrude logged in on a tablet whose app encrypts end to end. Ophelia writes to her too:');
  const content = 'Bring the clock, please.';
  const message = { id: 2, senderName: 'Ophelia', content, channel: CHANNEL };
  const [[entry]] = await Promise.all([deliveries(phones, 1), zulip.notifyEncrypted(user, message)]);
  const passed = phones.passedOn(tablet.token);
  if (!entry || [content, CHANNEL.topic, 'Ophelia'].some((part) => passed.includes(part))) {
    throw new Error('the service could read an encrypted notification');
  }
  say(describe(entry));
}

/** The next deliveries, or an error naming what came when not all arrive in time. */
async function deliveries(phones: DemoPhones, count: number): Promise<InboxEntry[]> {
  const { inbox } = phones;
  const shown: InboxEntry[] = [];
  return await new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      inbox.off('entry', listen);
      const names = shown.map((entry) => entry.phone).join(', ') || 'no phone';
      reject(new Error(`of ${count} phones, ${names} received the notification within ${DELIVERY_MS / 1000} s`));
    }, DELIVERY_MS);
    // A refused request has its own error: the wait for deliveries must not outlive it.
    timer.unref();
    const listen = (entry: InboxEntry) => {
      shown.push(entry);
      if (shown.length < count) return;
      clearTimeout(timer);
      inbox.off('entry', listen);
      resolve(shown);
    };
    inbox.on('entry', listen);
  });
}

function androidToken(): string {
  return `${randomBytes(8).toString('hex')}:APA91b${randomBytes(60).toString('base64url')}`;
}

function describe(entry: InboxEntry): string {
  const body = entry.body.split('\n').map((line) => `    | ${line}`);
  return [`  ${entry.phone}`, `    | ${entry.title}`, ...body].join('\n');
}
