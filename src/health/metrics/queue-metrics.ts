import type { Registry } from 'prom-client';
import type { MailOutbox, OutboxFigures } from '../../mail/mail-outbox.js';
import type { InboxFigures, StuckEvents } from '../../plans/purchase/stuck-events.js';
import { DRIFT_KINDS } from '../../plans/reconciliation/drift.js';
import type { Reconciliations } from '../../plans/reconciliation/reconciliations.js';
import { type Sample, sampleGauge } from './samples.js';

/** What waits in the database, and what the last comparison with Stripe found. Every node tells the same. */
export interface QueueSources {
  readonly outbox: MailOutbox;
  readonly events: StuckEvents;
  readonly reconciliations: Reconciliations;
}

/** Reads while somebody scrapes; where the database is away these metrics are absent, and the others are told. */
export function queueMetrics(registry: Registry, { outbox, events, reconciliations }: QueueSources): void {
  const mail = sharedRead(() => outbox.figures());
  const inbox = sharedRead(() => events.figures());
  const last = sharedRead(() => reconciliations.last());
  const gauge = (
    name: string,
    help: string,
    read: () => Promise<Iterable<Sample>>,
    labels: readonly string[] = [],
  ): void => sampleGauge(registry, { name: `push_bouncer_${name}`, help, labels, together: 'max', read });
  const ofMail = (value: (figures: OutboxFigures) => number) => async () => one(await mail(), value);
  const ofInbox = (value: (figures: InboxFigures) => number) => async () => one(await inbox(), value);

  gauge(
    'mail_waiting',
    'Mails that are to be sent',
    ofMail(({ waiting }) => waiting),
  );
  gauge(
    'mail_oldest_waiting_seconds',
    'Age of the oldest of them',
    ofMail(({ oldestSeconds }) => oldestSeconds),
  );
  gauge(
    'mail_given_up',
    'Mails that could not be sent within a day',
    ofMail(({ givenUp }) => givenUp),
  );
  gauge(
    'stripe_events_waiting',
    'Events of Stripe that are to be handled',
    ofInbox(({ waiting }) => waiting),
  );
  gauge(
    'stripe_events_oldest_waiting_seconds',
    'Age of the oldest of them',
    ofInbox(({ oldestSeconds }) => oldestSeconds),
  );
  gauge(
    'stripe_events_failed',
    'Events of Stripe that could not be handled',
    ofInbox(({ failed }) => failed),
  );
  gauge('stripe_reconciled_timestamp_seconds', 'When the last comparison with Stripe ended, in Unix time', async () =>
    one(await last(), ({ finishedAt }) => finishedAt.getTime() / 1_000),
  );
  gauge(
    'stripe_drift',
    'What the last comparison with Stripe found',
    async () => {
      const report = await last();
      return report ? DRIFT_KINDS.map((kind): Sample => [{ kind }, report.findings[kind] ?? 0]) : [];
    },
    ['kind'],
  );
}

function one<T>(figures: T | undefined, value: (figures: T) => number): Iterable<Sample> {
  return figures === undefined ? [] : [[{}, value(figures)]];
}

/** Who reads while another one does gets the same; undefined where it fails. */
function sharedRead<T>(read: () => Promise<T | undefined>): () => Promise<T | undefined> {
  let running: Promise<T | undefined> | undefined;
  return () => {
    running ??= read()
      .catch(() => undefined)
      .finally(() => {
        running = undefined;
      });
    return running;
  };
}
