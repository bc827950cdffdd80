import { randomBytes, randomUUID } from 'node:crypto';
import type { Inbox } from '../inbox/inbox.js';
import type { InboxEntry } from '../inbox/inbox-page.js';
import { SimulatedZulipServer } from '../zulip/zulip-server.js';

const DELIVERY_MS = 30_000;

/** What the scenario tells of itself. */
export type Say = (line: string) => void;

/**
 * One Zulip server at work: registers, reports an iPhone and an Android phone of one user, notifies them. Resolves when both phones
 * show the message.
 *
 * @throws BouncerError where the service refuses; Error where a phone gets nothing within half a minute
 */
export async function playZulip(serviceUrl: string, inbox: Inbox, say: Say): Promise<SimulatedZulipServer> {
  const zulip = new SimulatedZulipServer({ url: serviceUrl, hostname: 'zulip.chess-club.test' });
  const user = { id: 10, uuid: randomUUID() };
  const iphone = { kind: 'apns', token: randomBytes(32).toString('hex'), appId: 'org.zulip.Zulip' } as const;
  const android = {
    kind: 'fcm',
    token: `${randomBytes(8).toString('hex')}:APA91b${randomBytes(60).toString('base64url')}`,
  } as const;
  inbox.namePhone(iphone.token, 'Hamlet’s iPhone').namePhone(android.token, 'Hamlet’s Android phone');

  await zulip.register();
  say(`Zulip ${zulip.version} at ${zulip.hostname} registered.`);
  // Here a real server uploads its metadata (server/analytics), from which the service learns its organizations and their size.
  await zulip.pushRegister(user, iphone);
  await zulip.pushRegister(user, android);
  say('Its user Hamlet registered an iPhone and an Android phone.');

  const shown = deliveries(inbox, [iphone.token, android.token].length);
  const answer = await Promise.all([
    zulip.notify(user, {
      id: 1,
      senderName: 'Ophelia',
      content: 'The board is set up. Are you coming?',
      channel: { id: 3, name: 'club night', topic: 'Tuesday' },
    }),
    shown,
  ]);
  say(
    `Ophelia wrote to him; the service sent it to ${answer[0].total_apple_devices} Apple and ${answer[0].total_android_devices} Android device.`,
  );
  for (const entry of answer[1]) say(describe(entry));
  return zulip;
}

/** The next deliveries, or an error naming what came when not all arrive in time. */
async function deliveries(inbox: Inbox, count: number): Promise<InboxEntry[]> {
  const shown: InboxEntry[] = [];
  return await new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      inbox.off('entry', listen);
      const phones = shown.map((entry) => entry.phone).join(', ') || 'no phone';
      reject(new Error(`of ${count} phones, ${phones} received the notification within ${DELIVERY_MS / 1000} s`));
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

function describe(entry: InboxEntry): string {
  const body = entry.body.split('\n').map((line) => `    | ${line}`);
  return [`  ${entry.phone}`, `    | ${entry.title}`, ...body].join('\n');
}
