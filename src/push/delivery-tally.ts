import { PUSH_OUTCOME_KINDS, type PushOutcome } from './push-outcome.js';

export const PROVIDER_NAMES = ['apns', 'fcm'] as const;
export type ProviderName = (typeof PROVIDER_NAMES)[number];
export type OutcomeKind = (typeof PUSH_OUTCOME_KINDS)[number];

/** How many messages were handed to a provider since the start, by what became of them. */
export type DeliveryCounts = Readonly<Record<ProviderName, Readonly<Record<OutcomeKind, number>>>>;

/** Counts outcomes. A message that is tried again after its notification's answer counts each time. */
export class DeliveryTally {
  private readonly counts = { apns: zeros(), fcm: zeros() };

  add(provider: ProviderName, outcomes: readonly PushOutcome[]): void {
    const counts = this.counts[provider];
    for (const { kind } of outcomes) counts[kind]++;
  }

  snapshot(): DeliveryCounts {
    return { apns: { ...this.counts.apns }, fcm: { ...this.counts.fcm } };
  }
}

function zeros(): Record<OutcomeKind, number> {
  return Object.fromEntries(PUSH_OUTCOME_KINDS.map((kind) => [kind, 0])) as Record<OutcomeKind, number>;
}
