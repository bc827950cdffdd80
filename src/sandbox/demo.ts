import { fileURLToPath } from 'node:url';
import { parseArgs, styleText } from 'node:util';
import { environmentVariable } from '../config/config.js';
import { DemoWorld } from './demo/demo-world.js';
import { freePort } from './demo/free-port.js';
import { growBeyondFree, planManagementAddress, waitForPlan } from './demo/plan-scenario.js';
import { HAMLET, playZulip } from './demo/scenario.js';
import { ServiceProcess } from './demo/service-process.js';
import type { ReceivedMail } from './smtp/smtp-stand-in.js';
import type { SimulatedZulipServer } from './zulip/zulip-server.js';

/**
 * `npm run demo`: the service with everything around it on this machine, one Zulip server at work, until Ctrl-C. With `--once` it ends
 * after all deliveries: exit code 0 when every phone received what it should, 1 otherwise.
 */

const USAGE = `Usage: npm run demo [-- --once]

  --once   end after all deliveries, with exit code 0 when every phone received what it should
  --help   this text
`;
/** The first start makes a database; on a slow machine that takes a while. */
const READY_MS = 180_000;

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { once: { type: 'boolean' }, help: { type: 'boolean' } } });
  if (values.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  const interrupted = interruption();
  const stopped = new AbortController();
  say(
    'Starting stand-ins for Apple, Google, Stripe and a mail server, and the service on a database of its own. The first time takes a moment.',
  );
  const world = await DemoWorld.start();
  const service = await prepareService(world);
  // Whatever ends this process early must not leave the service behind.
  process.once('exit', () => service.process.kill());
  try {
    const played = play(service, world);
    // Interrupted, the scenario fails when its service goes: nobody needs to hear of that.
    played.catch(() => undefined);
    const zulip = await Promise.race([played, interrupted.then(() => undefined)]);
    if (values.once) return zulip ? 0 : 1;
    if (zulip) {
      await growBeyondFree(zulip, say);
      await showWhereToGo(service.url, world.phones.inbox.origin, zulip);
      world.smtp.on('mail', (mail) => say(describeMail(mail)));
      void waitForPlan(zulip, HAMLET, say, stopped.signal).catch(() => undefined);
      const died = service.process.ended().then(() => Promise.reject(new Error('the service ended by itself')));
      await Promise.race([interrupted, died]);
    }
    say('\nStopping.');
    return 0;
  } catch (error) {
    process.stderr.write(`\nThe demo failed: ${error instanceof Error ? error.message : String(error)}\n`);
    if (service.process.logTail) process.stderr.write(`\nThe end of the service's log:\n${service.process.logTail}\n`);
    return 1;
  } finally {
    stopped.abort();
    const clean = await service.process.stop();
    await world.stop();
    if (!clean) process.stderr.write('The service did not end in order.\n');
  }
}

async function prepareService(world: DemoWorld): Promise<{ readonly url: string; readonly process: ServiceProcess }> {
  const port = await freePort(Number(environmentVariable('PORT')) || 3000);
  const url = `http://localhost:${port}`;
  return {
    url,
    process: new ServiceProcess({
      entry: fileURLToPath(new URL('../main.js', import.meta.url)),
      env: world.environment(port),
      // Not the project's own directory: its .env belongs to a real service.
      cwd: world.directory,
      readyUrl: `http://127.0.0.1:${port}/health/ready`,
    }),
  };
}

async function play(
  service: { readonly url: string; readonly process: ServiceProcess },
  world: DemoWorld,
): Promise<SimulatedZulipServer> {
  await service.process.start(READY_MS);
  say(`The service answers at ${bold(service.url)}\n`);
  return await playZulip({ url: service.url, publicKey: world.publicKey }, world.phones, say);
}

async function showWhereToGo(url: string, inbox: string, zulip: SimulatedZulipServer): Promise<void> {
  const { credentials, hostname } = zulip;
  say('\nGo on from here:');
  say(`  ${bold(inbox)}  what the phones receive, live`);
  if (await served(`${url}/api/docs`)) say(`  ${bold(`${url}/api/docs`)}  the API`);
  if (await served(`${url}/serverlogin/`)) {
    say(`  ${bold(`${url}/serverlogin/`)}  plan management of ${hostname}, made up for this demo:`);
    say(`    id   ${credentials.orgId}\n    key  ${credentials.orgKey}`);
    say(
      '    Log in with any e-mail address: the mail with the link is shown here. Buy with the card 4242 4242 4242 4242.',
    );
    const address = await planManagementAddress(zulip);
    if (address) say(`  or as the owner of the organization, from the menu of its Zulip:\n    ${bold(address)}`);
  }
  say('\nCtrl-C stops everything and removes its data.');
}

/** A mail as the terminal shows it: whose it is, and the links that it is about. */
function describeMail({ to, subject, text }: ReceivedMail): string {
  const links = text.match(/https?:\/\/\S+/g) ?? [];
  return [`\nMail to ${to.join(', ')}: ${subject}`, ...links.map((link) => `  ${bold(link)}`)].join('\n');
}

/** Whether a page is there: the demo points only at what answers. */
async function served(url: string): Promise<boolean> {
  const response = await fetch(url).catch(() => undefined);
  await response?.body?.cancel();
  return response?.ok ?? false;
}

/** Resolves at the first Ctrl-C or request to stop; later ones are ignored while things are put away. */
function interruption(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => resolve());
  });
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function bold(text: string): string {
  return process.stdout.isTTY && !environmentVariable('NO_COLOR') ? styleText('bold', text) : text;
}

process.exitCode = await main();
