import type { PushPermission } from '../../plans/permission/push-permission.js';

/** What is looked at to tell why pushes get through, or do not. */
export interface PushCase {
  readonly now: Date;
  readonly isServer: boolean;
  /** Organizations of the server, each with a standing of its own. */
  readonly realms: number;
  readonly permission: PushPermission;
  /** When the registration of the server was ended; null: it is not known. */
  readonly deactivatedAt: Date | null | undefined;
  /** The server's upload of its audit log. */
  readonly uploadedAt: Date | null;
  readonly registeredAt: Date;
  readonly lastRequestAt: Date | null;
  readonly outgrownAt: Date | null;
  readonly freeSince: Date | null;
  readonly users: number | null;
  readonly staleHours: number;
  readonly freeUsers: number;
  /** Pushes that Apple or Google did not take in the last days, and those that they took. */
  readonly failed: number;
  readonly delivered: number;
}

/** Whether pushes get through, in a word, since when, and what that comes from. */
export interface PushStanding {
  readonly kind: 'ok' | 'warn' | 'bad';
  readonly text: string;
  /** Null: nobody knows, or nothing is wrong. */
  readonly since: Date | null;
  /** Why, and what to do about it. */
  readonly advice: string;
}

const HOUR_MILLIS = 3_600_000;
/** Servers upload every hour: one that asked for nothing in a day is not there any more, or cannot reach us. */
const SILENT_HOURS = 24;

/** The one reason that an operator should hear of first. */
export function pushStanding(given: PushCase): PushStanding {
  return refused(given) ?? silent(given) ?? failing(given) ?? granted(given);
}

function refused(given: PushCase): PushStanding | undefined {
  const { permission, uploadedAt, staleHours, users, freeUsers } = given;
  const stop = (text: string, since: Date | null, advice: string) => ({ kind: 'bad', text, since, advice }) as const;
  if (given.deactivatedAt !== undefined) {
    const advice = 'The registration of the server is deactivated, so all of its requests are refused.';
    return stop('Refused: deactivated', given.deactivatedAt, `${advice} It can be reactivated below.`);
  }
  if (permission.canPush) return undefined;
  if (permission.reason !== 'Missing data') {
    const count = users === null ? 'too many users' : `${users} users`;
    const advice = `There are ${count} and there is no plan; ${freeUsers} users need none.`;
    const why = 'too many users without a plan';
    const since = later(given.outgrownAt, given.freeSince);
    if (given.realms === 0) return stop(`Refused: ${why}`, since, advice);
    const others = 'That is for requests that name no organization; organizations with a plan of their own see below.';
    return { kind: 'warn', text: `Refused as a whole: ${why}`, since, advice: `${advice} ${others}` };
  }
  const ask = 'Ask for the log of its hourly job that uploads, and whether it can reach us.';
  if (uploadedAt === null) {
    const advice = `The server never uploaded its audit log, so nobody knows how many users there are. ${ask}`;
    return stop('Refused: missing data', given.registeredAt, advice);
  }
  const advice = `The server's last upload is older than ${staleHours} hours, so nobody knows how many users there are. ${ask}`;
  return stop('Refused: missing data', new Date(uploadedAt.getTime() + staleHours * HOUR_MILLIS), advice);
}

function silent({ isServer, lastRequestAt, now }: PushCase): PushStanding | undefined {
  if (!isServer) return undefined;
  if (lastRequestAt === null) {
    return {
      kind: 'warn',
      text: 'Allowed, but never used',
      since: null,
      advice: 'The server never asked for anything.',
    };
  }
  if (now.getTime() - lastRequestAt.getTime() <= SILENT_HOURS * HOUR_MILLIS) return undefined;
  const advice = 'Nothing has arrived from the server since then. Ask whether it runs, and whether it can reach us.';
  return { kind: 'warn', text: 'Allowed, but the server is silent', since: lastRequestAt, advice };
}

/** Dead tokens are usual; more failures than deliveries are not. */
function failing({ failed, delivered }: PushCase): PushStanding | undefined {
  if (failed === 0 || failed < delivered) return undefined;
  const advice = 'Apple or Google took less than half of the pushes of the last seven days: see the failures below.';
  return { kind: 'warn', text: 'Allowed, but most pushes fail', since: null, advice };
}

function granted({ permission: { reason, expectedEndTimestamp: end } }: PushCase): PushStanding {
  if (end === null) return { kind: 'ok', text: 'Allowed', since: null, advice: `${reason}.` };
  const at = new Date(end * 1_000).toISOString().slice(0, 10);
  return { kind: 'warn', text: `Allowed until ${at}`, since: null, advice: 'The plan is cancelled, and ends then.' };
}

function later(a: Date | null, b: Date | null): Date | null {
  if (a === null || b === null) return a ?? b;
  return a > b ? a : b;
}
