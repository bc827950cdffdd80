import { longDate, plural } from '../../sessions/pages/formats.js';
import type { Problem } from './problem.js';
import type { ProviderKey, ProviderState } from './provider-state.js';

const DAY = 24 * 60 * 60_000;
/** A certificate is to be renewed so long before its end; milliseconds. */
const RENEW_BEFORE = 30 * DAY;
/** With fewer messages than this, a share says nothing. */
const TELLING = 20;
/** Answers mostly come within a tenth of a second; notifications give up after ten seconds. Milliseconds. */
const SLOW = 2_500;

const ADVICE: Readonly<
  Record<ProviderKey, { readonly settings: string; readonly statusPage: string; readonly devices: string }>
> = {
  apns: {
    settings: 'APNS_KEY_FILE, APNS_KEY_ID and APNS_TEAM_ID',
    statusPage: 'developer.apple.com/system-status',
    devices: 'iPhones and iPads',
  },
  fcm: { settings: 'FCM_CREDENTIALS_FILE', statusPage: 'status.firebase.google.com', devices: 'Android phones' },
};

/** What is wrong with one provider. */
export function providerProblems(state: ProviderState, now: Date): Problem[] {
  const { name, key, credentials } = state;
  const { settings, statusPage, devices } = ADVICE[key];
  if (!credentials) {
    const what = `There are no credentials for ${name}: ${devices} get nothing.`;
    return [{ kind: 'warning', what, remedy: `Set ${settings} on every machine, and restart.` }];
  }
  const problems: Problem[] = [];
  const check = 'Run push-bouncer check-credentials, which says what is wrong.';
  if (state.pausedAt.length > 0) {
    problems.push({
      kind: 'error',
      what: `Sending to ${name} is paused, because nothing gets through (${state.pausedAt.join('; ')}).`,
      remedy: `${check} If it finds nothing, see ${statusPage} and the way out of the network. It is tried again by itself.`,
    });
  }
  if (state.refused > 0) {
    problems.push({
      kind: 'error',
      what: `${name} refused ${plural(state.refused, 'message', 'messages')} in the last five minutes because of the credentials.`,
      remedy: check,
    });
  }
  problems.push(...expiry(name, credentials.expiresAt, now));
  if (state.messages < TELLING) return problems;
  if (state.failed / state.messages > 0.05) {
    problems.push({
      kind: 'warning',
      what: `${Math.round((100 * state.failed) / state.messages)} of 100 messages to ${name} failed in the last five minutes.`,
      remedy: `See ${statusPage} and the way out of the network. Servers send again what failed.`,
    });
  }
  if ((state.slow ?? 0) > SLOW) {
    problems.push({
      kind: 'warning',
      what: `${name} answers slowly: 5 of 100 answers took longer than ${SLOW / 1000} seconds.`,
      remedy: `See ${statusPage}, and whether this machine has processor time to spare.`,
    });
  }
  return problems;
}

function expiry(name: string, expiresAt: Date | undefined, now: Date): Problem[] {
  if (!expiresAt || expiresAt.getTime() - now.getTime() > RENEW_BEFORE) return [];
  const isOver = expiresAt <= now;
  return [
    {
      kind: isOver ? 'error' : 'warning',
      what: `The certificate for ${name} ${isOver ? 'ended' : 'ends'} on ${longDate(expiresAt)}.`,
      remedy: 'Get a new one; or better, a token key (APNS_KEY_FILE), which does not end.',
    },
  ];
}
