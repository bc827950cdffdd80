import type { Registry } from 'prom-client';
import type { Admission, AdmissionSnapshot } from '../../push/admission/admission.js';
import type { DeadTokenGuard } from '../../push/dead-tokens/dead-token-guard.js';
import { PROVIDER_NAMES } from '../../push/delivery-tally.js';
import type { LateDeliveries } from '../../push/late/late-deliveries.js';
import type { Repeats } from '../../push/repeats/repeats.js';
import type { Sender } from '../../push/sender.js';
import { type Sample, sampleCounter, sampleGauge } from './samples.js';

/** Where notifications are counted. */
export interface NotificationSources {
  readonly sender: Sender;
  readonly guard: DeadTokenGuard;
  readonly admission: Admission;
  readonly late: LateDeliveries;
  readonly repeats: Repeats;
}

/** How notifications fare: what became of their messages, what was turned away, what is still to come. */
export function notificationMetrics(registry: Registry, sources: NotificationSources): void {
  const { sender, guard, admission, late, repeats } = sources;
  sampleCounter(registry, {
    name: 'push_bouncer_deliveries_total',
    help: 'Messages handed to a provider, by what became of them',
    labels: ['provider', 'outcome'],
    *read() {
      const counts = sender.tally.snapshot();
      for (const provider of PROVIDER_NAMES) {
        for (const [outcome, count] of Object.entries(counts[provider])) yield [{ provider, outcome }, count];
      }
    },
  });
  sampleGauge(registry, {
    name: 'push_bouncer_dead_token_guard_stopped_apps',
    help: 'Apps of which nearly all tokens are called dead, so that none is deleted',
    labels: ['provider'],
    // Which apps these are stands in the log: their names are the servers' and do not make a closed set.
    read: () => {
      const stopped = guard.snapshot().filter((app) => app.stopped);
      return PROVIDER_NAMES.map(
        (provider): Sample => [{ provider }, stopped.filter((app) => app.provider === provider).length],
      );
    },
  });
  admissionMetrics(registry, admission);
  sampleGauge(registry, {
    name: 'push_bouncer_late_deliveries_waiting',
    help: 'Messages that are tried on after the answer to their notification',
    read: () => [[{}, late.snapshot().waiting]],
  });
  sampleCounter(registry, {
    name: 'push_bouncer_late_deliveries_total',
    help: 'Messages that were tried on after the answer, by their end',
    labels: ['end'],
    read: () => {
      const { delivered, givenUp, dropped } = late.snapshot();
      return [
        [{ end: 'delivered' }, delivered],
        [{ end: 'given-up' }, givenUp],
        [{ end: 'dropped' }, dropped],
      ];
    },
  });
  sampleGauge(registry, {
    name: 'push_bouncer_repeats_remembered',
    help: 'Notifications known in case their servers send them again',
    read: () => [[{}, repeats.snapshot().remembered]],
  });
  sampleCounter(registry, {
    name: 'push_bouncer_repeats_recognised_total',
    help: 'Notifications known as sent again',
    read: () => [[{}, repeats.snapshot().recognised]],
  });
}

function admissionMetrics(registry: Registry, admission: Admission): void {
  const gauge = (name: string, help: string, value: (snapshot: AdmissionSnapshot) => number) =>
    sampleGauge(registry, {
      name: `push_bouncer_notifications_${name}`,
      help,
      read: () => [[{}, value(admission.snapshot())]],
    });
  gauge('in_flight', 'Notifications being worked on', ({ inFlight }) => inFlight);
  gauge('in_flight_limit', 'Notifications that may be worked on at once', ({ limit }) => limit);
  gauge('in_flight_servers', 'Servers with a notification being worked on', ({ servers }) => servers);
  sampleCounter(registry, {
    name: 'push_bouncer_notifications_shed_total',
    help: 'Notifications refused because there was no room, by class',
    labels: ['class'],
    read: () => Object.entries(admission.snapshot().shed).map(([kind, count]): Sample => [{ class: kind }, count]),
  });
}
