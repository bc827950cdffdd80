import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { BouncerError, type SimulatedZulipServer, type ZulipUser } from '../zulip/zulip-server.js';
import type { Say } from './scenario.js';

const USERS = 43;
const OWNER = { uuid: randomUUID(), email: 'gertrude@chess-club.test', fullName: 'Gertrude', isOwner: true };
/** How often the club asks whether it may send again. */
const PAUSE_MS = 5_000;

/** The club grows beyond what is free: from now on it needs a plan. */
export async function growBeyondFree(zulip: SimulatedZulipServer, say: Say): Promise<void> {
  const owners = 1;
  await zulip.changeUsers({ owners, members: USERS - owners });
  say(
    `\nThe chess club has grown to ${USERS} people. Organizations of more than 10 need a plan, so its notifications are`,
  );
  say(`${zulip.pushStatus.enabled ? 'still allowed' : 'refused'} from now on.`);
}

/** Where the organization's owner gets who opens plan management in the menu of their Zulip; good for two hours. */
export async function planManagementAddress(zulip: SimulatedZulipServer): Promise<string | undefined> {
  return (await zulip.openPlanManagement(OWNER)).location;
}

/** Waits until the club may send again, as it does once somebody has bought a plan, and lets Ophelia write once more. */
export async function waitForPlan(
  zulip: SimulatedZulipServer,
  user: ZulipUser,
  say: Say,
  stopped: AbortSignal,
): Promise<void> {
  while (!stopped.aborted) {
    await sleep(PAUSE_MS, undefined, { signal: stopped }).catch(() => undefined);
    if (stopped.aborted) return;
    try {
      await zulip.upload();
      if (!zulip.pushStatus.enabled) continue;
      const content = 'We have a plan again. Same time next week?';
      const message = {
        id: 3,
        senderName: 'Ophelia',
        content,
        channel: { id: 3, name: 'club night', topic: 'Tuesday' },
      };
      await zulip.notify(user, message);
      say(`\nNotifications for ${USERS} people are allowed. Ophelia has written to Hamlet; see his phones.`);
      return;
    } catch (error) {
      // The service may be busy just now; a Zulip server would ask again too.
      if (!(error instanceof BouncerError)) throw error;
    }
  }
}
