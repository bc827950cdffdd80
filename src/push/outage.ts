import { AppError } from '../common/errors.js';
import type { Settings } from '../config/settings.js';
import type { PushOutcome } from './push-outcome.js';
import type { SendResult } from './sender.js';

/** Seconds: sooner it is not worth while, and longer a server should not wait for what may be over by then. */
const WAIT = { least: 5, most: 300 };

/**
 * Refuses a notification of which nothing was reached, and for reasons that will pass: then the server shall send it again.
 *
 * @throws AppError `push.outage`, unless the operator wants outages accepted
 */
export function refuseOutage(sent: SendResult, settings: Settings): void {
  if (settings.push.onProviderOutage === 'accept') return;
  const settled = (outcome: PushOutcome | undefined) => outcome !== undefined && outcome.kind !== 'try-later';
  if (sent.apple.some(settled) || sent.android.some(settled)) return;
  const waits = (outcome: PushOutcome | undefined) => outcome?.kind === 'try-later';
  if (!sent.apple.some(waits) && !sent.android.some(waits)) return;
  throw new AppError('push.outage', {}, {}, { 'Retry-After': String(retryAfter(sent)) });
}

/** The longest that a provider asked for, within reason. */
function retryAfter({ apple, android }: SendResult): number {
  const asked = [...apple, ...android].map((outcome) =>
    outcome?.kind === 'try-later' ? (outcome.retryAfterSeconds ?? 0) : 0,
  );
  return Math.min(Math.max(WAIT.least, ...asked.map(Math.ceil)), WAIT.most);
}
