import { count, dateTime } from '../../sessions/pages/formats.js';
import { FAILURE_NAMES } from '../charts/failure-names.js';
import type { EntityRow } from './entity-facts.read-model.js';
import type { Fact } from './fact.js';
import type { FailureRow } from './push-facts.read-model.js';
import type { PushStanding } from './push-standing.js';

const PROVIDERS = { apns: 'Apple', fcm: 'Google' } as const;

/** What there is to say of the pushes of a server or organization. */
export function pushFacts(entity: EntityRow, standing: PushStanding, failures: readonly FailureRow[]): Fact[] {
  const { pushes_week: pushes, last_push_day: lastDay, last_request_at: lastRequest } = entity;
  return [
    ...(standing.since === null ? [] : [{ label: 'Since', text: dateTime(standing.since) }]),
    { label: 'Last request', text: lastRequest === null ? 'never' : dateTime(lastRequest) },
    { label: 'Pushes delivered in 7 days', text: count(Number(pushes ?? 0)) },
    { label: 'Last day with a push', text: lastDay ?? 'None' },
    { label: 'Failures in 7 days', text: failureText(failures) },
  ];
}

/** Failures by what became of them, the most frequent first: `12 device gone (Apple, last 2026-11-24)`. */
function failureText(failures: readonly FailureRow[]): string {
  const sums = new Map<string, { pushes: number; lastDay: string }>();
  for (const { provider, outcome, pushes, last_day: day } of failures) {
    const key = `${FAILURE_NAMES[outcome]} (${PROVIDERS[provider]}`;
    const sum = sums.get(key) ?? { pushes: 0, lastDay: day };
    sums.set(key, { pushes: sum.pushes + pushes, lastDay: [sum.lastDay, day].toSorted().at(-1) ?? day });
  }
  if (sums.size === 0) return 'none';
  const texts = [...sums].toSorted(([, a], [, b]) => b.pushes - a.pushes);
  return texts.map(([key, { pushes, lastDay }]) => `${count(pushes)} ${key}, last ${lastDay})`).join('; ');
}
