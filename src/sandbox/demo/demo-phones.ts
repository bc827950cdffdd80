import type { ApnsStandIn } from '../apns/apns-stand-in.js';
import type { FcmStandIn } from '../fcm/fcm-stand-in.js';
import type { Inbox } from '../inbox/inbox.js';
import { onAndroid, onIphone, type PhoneMessage } from '../inbox/phone-message.js';
import type { Received } from '../transport/received.js';
import type { SimulatedPhone } from '../zulip/simulated-phone.js';

/** Characters of a ciphertext that are shown: enough to see that it says nothing. */
const SHOWN = 40;

/** The demo's phones: shows in the inbox what they receive, of those that encrypt what they decrypted. */
export class DemoPhones {
  private readonly encrypting = new Map<string, SimulatedPhone>();
  private readonly raw = new Map<string, string>();

  constructor(
    readonly inbox: Inbox,
    standIns: { readonly apns: ApnsStandIn; readonly fcm: FcmStandIn },
  ) {
    standIns.apns.on('delivery', (received) => this.show(received, onIphone));
    standIns.fcm.on('delivery', (received) => this.show(received, onAndroid));
  }

  /** What a phone is called. */
  name(token: string, name: string): this {
    this.inbox.namePhone(token, name);
    return this;
  }

  /** The app on this phone encrypts end to end. */
  encrypts(phone: SimulatedPhone): this {
    this.encrypting.set(phone.token, phone);
    return this;
  }

  /** The last message that the service passed on to a phone, as it passed it on. */
  passedOn(token: string): string {
    return this.raw.get(token) ?? '';
  }

  private show(received: Received, plain: (received: Received) => PhoneMessage): void {
    this.raw.set(received.token, received.rawBody);
    const message = plain(received);
    const phone = this.encrypting.get(received.token);
    this.inbox.show(phone && message.kind === 'encrypted' ? decrypted(message, phone, received) : message);
  }
}

function decrypted(message: PhoneMessage, phone: SimulatedPhone, received: Received): PhoneMessage {
  const { channel_name: channel, topic, sender_full_name: sender, content } = phone.read(received);
  const ciphertext = /"encrypted_data":"([^"]*)"/.exec(received.rawBody)?.[1] ?? '';
  return {
    ...message,
    title: `#${channel} > ${topic}`,
    body: `${sender}:\n${content}\n(all that the service saw: ${ciphertext.slice(0, SHOWN)}…)`,
  };
}
