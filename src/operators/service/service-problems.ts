import { DRIFT, DRIFT_KINDS } from '../../plans/reconciliation/drift.js';
import { plural } from '../../sessions/pages/formats.js';
import { nodeProblems } from './node-problems.js';
import type { Problem } from './problem.js';
import { providerProblems } from './provider-problems.js';
import { PROVIDERS, type ProviderKey, providerState } from './provider-state.js';
import type { ServiceState } from './service-state.js';

const TEN_MINUTES = 600;

/** What is wrong with the service, the worst first. */
export function serviceProblems(state: ServiceState): Problem[] {
  const keys = Object.keys(PROVIDERS) as ProviderKey[];
  const problems = [
    ...keys.flatMap((key) => providerProblems(providerState(key, state.nodes), state.now)),
    ...nodeProblems(state),
    ...mailProblems(state),
    ...stripeProblems(state),
    ...jobProblems(state),
  ];
  const isError = ({ kind }: Problem) => kind === 'error';
  return [...problems.filter(isError), ...problems.filter((problem) => !isError(problem))];
}

function mailProblems({ outbox, hasMailServer }: ServiceState): Problem[] {
  const problems: Problem[] = [];
  if (!hasMailServer) {
    problems.push({
      kind: 'warning',
      what: 'There is no mail server: nobody gets the links to log in with.',
      remedy: 'Set SMTP_URL. Until then mail is written into the folder “mail” of DATA_DIR.',
    });
  }
  if (outbox.oldestSeconds > TEN_MINUTES) {
    problems.push({
      kind: 'warning',
      what: `Mail is not being sent: ${plural(outbox.waiting, 'mail waits', 'mails wait')}, the oldest for ${plural(Math.floor(outbox.oldestSeconds / 60), 'minute', 'minutes')}.`,
      remedy:
        'See whether the mail server of SMTP_URL can be reached, and what the log says of it. Mail is sent by itself then.',
    });
  }
  if (outbox.givenUp > 0) {
    problems.push({
      kind: 'warning',
      what: `${plural(outbox.givenUp, 'mail was', 'mails were')} given up.`,
      remedy:
        'They are listed below, with what the mail server said. Where its cause is gone, let them be tried again.',
    });
  }
  return problems;
}

function stripeProblems({ stripe }: ServiceState): Problem[] {
  if (!stripe) return [];
  const { inbox, hasWebhookSecret, comparison } = stripe;
  const problems: Problem[] = [];
  if (!hasWebhookSecret) {
    problems.push({
      kind: 'error',
      what: 'Stripe cannot tell of payments: there is no secret for its webhooks.',
      remedy: 'Set STRIPE_WEBHOOK_SECRET to what Stripe shows for the webhook.',
    });
  }
  if (inbox.failed > 0) {
    problems.push({
      kind: 'error',
      what: `${plural(inbox.failed, 'event', 'events')} of Stripe could not be handled: somebody may have paid and have no plan.`,
      remedy:
        'They are listed below, with the reason. A refused card is the customer’s affair; all else is to be retried when its cause is gone.',
    });
  }
  if (inbox.oldestSeconds > TEN_MINUTES) {
    problems.push({
      kind: 'warning',
      what: `${plural(inbox.waiting, 'event', 'events')} of Stripe ${inbox.waiting === 1 ? 'waits' : 'wait'} to be handled, the oldest for ${plural(Math.floor(inbox.oldestSeconds / 60), 'minute', 'minutes')}.`,
      remedy: 'See whether Stripe can be reached, and what the log says. They are tried again every minute.',
    });
  }
  const found = DRIFT_KINDS.flatMap((kind) => {
    const number = comparison?.findings[kind] ?? 0;
    return number > 0 ? [`${number} ${DRIFT[kind]}`] : [];
  });
  if (found.length > 0) {
    problems.push({
      kind: 'warning',
      what: `Stripe and the database differ: ${found.join('; ')}.`,
      remedy: 'The mail to BILLING_EMAIL and the log of last night say which.',
    });
  }
  return problems;
}

function jobProblems({ jobs }: ServiceState): Problem[] {
  return jobs.flatMap(({ what, hasFailed, isLate }): Problem[] => {
    if (isLate) {
      return [
        {
          kind: 'warning',
          what: `A periodic job has not run for too long: ${what}.`,
          remedy: 'See whether a process hangs; restart the processes one after another.',
        },
      ];
    }
    if (!hasFailed) return [];
    const remedy = 'The log says why. It is done again at its next turn.';
    return [{ kind: 'warning', what: `A periodic job failed: ${what}.`, remedy }];
  });
}
