import type { Clock } from '../../common/clock.js';
import type { Finding } from './finding.js';

/** A clock of others, and ours at that moment; milliseconds since the epoch. */
export interface TimeSeen {
  readonly theirs: number;
  readonly ours: number;
}

const TIMEOUT = 5_000;
/** Tokens carry the time at which they were signed; with more than a minute's difference they are at risk. Seconds. */
const TOLERATED = 60;

/** The time that a host says it is (the `Date` of any answer, RFC 9110, 6.6.1); undefined where it says nothing. */
export async function timeAt(origin: string, clock: Clock): Promise<TimeSeen | undefined> {
  try {
    const options = { method: 'HEAD', redirect: 'manual', signal: AbortSignal.timeout(TIMEOUT) } as const;
    const response = await fetch(origin, options);
    const theirs = Date.parse(response.headers.get('date') ?? '');
    return Number.isNaN(theirs) ? undefined : { theirs, ours: clock.millis() };
  } catch {
    return undefined;
  }
}

/** Whether our clock is right. */
export function clockFinding(seen: TimeSeen | undefined): Finding {
  const what = 'Clock';
  if (!seen) return { what, state: 'unknown', words: 'nobody said what time it is.' };
  const seconds = Math.round((seen.ours - seen.theirs) / 1_000);
  const difference = `${Math.abs(seconds)} s ${seconds < 0 ? 'behind' : 'ahead'}`;
  if (Math.abs(seconds) <= TOLERATED) return { what, state: 'good', words: `right (${difference}).` };
  const words = `this machine is ${difference}, and what it signs is not believed. Set its clock right, best by NTP.`;
  return { what, state: 'bad', words };
}
