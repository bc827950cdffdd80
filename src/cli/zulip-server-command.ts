import { Argument, Command, Option } from 'commander';
import { conversationOf } from '../sandbox/zulip/conversation.js';
import { SimulatedPhone } from '../sandbox/zulip/simulated-phone.js';
import {
  BouncerError,
  type BouncerExchange,
  SimulatedZulipServer,
  type ZulipDevice,
  type ZulipUser,
} from '../sandbox/zulip/zulip-server.js';
import { CommandError } from './command-error.js';
import { say } from './service-context.js';

interface ZulipOptions {
  readonly url: string;
  readonly zulipVersion: string;
  readonly hostname: string;
  readonly email?: string;
  readonly uuid?: string;
  readonly key?: string;
  readonly userId: string;
  readonly userUuid: string;
  readonly realmUuid?: string;
  readonly kind: 'apns' | 'fcm';
  readonly token: string;
  readonly appId: string;
  readonly message: string;
  readonly bouncerPublicKey?: string;
}

type Action = (
  zulip: SimulatedZulipServer,
  user: ZulipUser,
  device: ZulipDevice,
  options: ZulipOptions,
) => Promise<unknown>;

const ACTIONS: Readonly<Record<string, Action>> = {
  register: (zulip) => zulip.register(),
  play: playConversation,
  'rotate-key': (zulip) => zulip.register({ rotateKey: true }),
  deactivate: (zulip) => zulip.deactivate(),
  upload: (zulip) => zulip.upload(),
  'register-device': (zulip, user, device) => zulip.pushRegister(user, device),
  'unregister-device': (zulip, user, device) => zulip.pushUnregister(user, device),
  'unregister-all': (zulip, user) => zulip.pushUnregisterAll(user),
  notify: (zulip, user, _device, { message }) =>
    zulip.notify(user, { id: 1, senderName: 'Simulated Zulip server', content: message }),
  'remove-notification': (zulip, user) => zulip.notifyRemoval(user, [1]),
  test: (zulip, user, device) => zulip.testNotification(user, device),
};

const EXAMPLE = `
Several actions are played in order by one server, which keeps its users' devices meanwhile. What is sent and answered is printed,
without keys. \`play\` plays everything that a server of the version says in its life, with a phone of each kind, and with one that encrypts
end to end where --bouncer-public-key is given.

Examples:
  push-bouncer zulip-server --url https://push.example.com --hostname zulip.example.com --email admin@example.com \\
    --zulip-version 7.5 play
  push-bouncer zulip-server --url https://push.example.com --hostname zulip.example.com --email admin@example.com \\
    --kind fcm --token f00:ba4 register register-device notify`;

/** `zulip-server …`: the simulated Zulip server of the demo, pointed at any service. */
export function zulipServerCommand(): Command {
  return new Command('zulip-server')
    .description('Play a Zulip server against a push service: does what a real one of that version does.')
    .addArgument(new Argument('<action...>', 'what to do').choices(Object.keys(ACTIONS)))
    .requiredOption('--url <origin>', 'the push service')
    .option('--zulip-version <version>', 'version to behave like', '12.0')
    .option('--hostname <host>', 'host name of the server', 'zulip.sandbox.test')
    .option('--email <address>', "address of the server's administrator")
    .option('--uuid <uuid>', 'UUID of a registration, with --key; made up where it is not given')
    .option('--key <key>', 'key of the registration')
    .option('--user-id <number>', 'user with the device', '10')
    .option('--user-uuid <uuid>', "the user's UUID", '00000000-0000-4000-8000-00000000000a')
    .option('--realm-uuid <uuid>', 'organization of the user; made up where it is not given')
    .addOption(new Option('--kind <kind>', 'kind of the device').choices(['apns', 'fcm']).default('fcm'))
    .option('--token <token>', "the device's token", 'c0ffee')
    .option('--app-id <id>', 'app on an Apple device', 'org.zulip.Zulip')
    .option('--bouncer-public-key <key>', 'public key for encrypted notifications, base64')
    .option('--message <text>', 'what a notification says', 'This is only a test.')
    .addHelpText('after', EXAMPLE)
    .action(play);
}

async function play(names: readonly string[], options: ZulipOptions): Promise<void> {
  if ((options.uuid === undefined) !== (options.key === undefined))
    throw new CommandError('--uuid and --key go together');
  const zulip = zulipServer(options);
  const user: ZulipUser = { id: Number(options.userId), uuid: options.userUuid };
  const { kind, token, appId } = options;
  const device: ZulipDevice = kind === 'apns' ? { kind, token, appId } : { kind, token };
  // A server that was here before knows the devices that it registered then.
  if (options.uuid !== undefined) zulip.remember(user, device);
  for (const name of names) {
    try {
      await ACTIONS[name]?.(zulip, user, device, options);
    } catch (error) {
      if (error instanceof BouncerError || error instanceof RangeError) throw new CommandError(error.message);
      throw error;
    }
  }
  if (options.uuid === undefined || names.includes('rotate-key')) {
    say(
      `\nTo go on as this server: --uuid ${zulip.credentials.orgId} --key ${zulip.credentials.orgKey} --realm-uuid ${zulip.realm.uuid}`,
    );
  }
}

/** Everything that a server of this version says, step by step. */
async function playConversation(
  zulip: SimulatedZulipServer,
  user: ZulipUser,
  device: ZulipDevice,
  { message, uuid, bouncerPublicKey }: ZulipOptions,
): Promise<void> {
  const other: ZulipDevice =
    device.kind === 'apns' ? { kind: 'fcm', token: `${device.token}:fcm` } : { kind: 'apns', token: 'c0ffee01' };
  const steps = conversationOf(zulip, {
    user,
    devices: [device, other],
    message: { id: 1, senderName: 'Simulated Zulip server', content: message },
    registered: uuid !== undefined,
    now: () => new Date(),
    ...(bouncerPublicKey
      ? { encrypting: await SimulatedPhone.create({ kind: 'fcm', token: `${device.token}:e2ee`, bouncerPublicKey }) }
      : {}),
  });
  for (const { says, run } of steps) {
    say(`\n# ${says}`);
    await run();
  }
}

function zulipServer(options: ZulipOptions): SimulatedZulipServer {
  const { url, hostname, uuid, key, email, realmUuid } = options;
  const realm = { id: 2, name: 'Sandbox', url: `https://${hostname}` };
  try {
    return new SimulatedZulipServer({
      ...{ url, hostname, version: options.zulipVersion, observe: print },
      ...(email ? { contactEmail: email } : {}),
      ...(uuid && key ? { credentials: { orgId: uuid, orgKey: key } } : {}),
      ...(realmUuid ? { realm: { ...realm, uuid: realmUuid } } : {}),
    });
  } catch (error) {
    throw new CommandError(error instanceof Error ? error.message : 'this server cannot be played');
  }
}

function print({ method, path, body, status, answer }: BouncerExchange): void {
  say(`> ${method} ${path}`);
  if (body) say(`  ${withoutKeys(body)}`);
  say(`< ${status}`);
  say(`  ${withoutKeys(answer)}`);
}

/** Keys and the realm's proof of ownership; they stand in forms, in JSON, and in JSON in forms. */
function withoutKeys(text: string): string {
  return text
    .replace(/(\b(?:zulip|new)_org_key=)[^&]*/g, '$1…')
    .replace(/(uuid_owner_secret%22%3A(?:\+|%20)?%22).*?(?=%22)/g, '$1…')
    .replace(/("(?:zulip|new)_org_key"\s*:\s*")[^"]*/g, '$1…');
}
