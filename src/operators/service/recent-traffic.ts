import type { PoolObserver } from '../../push/provider-snapshot.js';

/** How far back it is looked, and in what steps; milliseconds. */
const STEP = 60_000;
const STEPS = 5;

/** Upper ends of the classes of latency, milliseconds; the last class has none. */
export const LATENCY_CLASSES = [10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000] as const;

/** What a provider answered in the last five minutes; plain data, which can be added up over processes. */
export interface Traffic {
  /** Number of answers by HTTP status. */
  readonly answers: Readonly<Record<string, number>>;
  /** Messages that got no answer, by the reason. */
  readonly unanswered: Readonly<Record<string, number>>;
  /** Number of answers by class of latency: one more number than `LATENCY_CLASSES` has. */
  readonly latencies: readonly number[];
}

interface Step {
  readonly number: number;
  readonly answers: Record<string, number>;
  readonly unanswered: Record<string, number>;
  readonly latencies: number[];
}

export const NO_TRAFFIC: Traffic = { answers: {}, unanswered: {}, latencies: noLatencies() };

/** Counts what a provider answers, minute by minute, and forgets it after five. */
export class RecentTraffic implements PoolObserver {
  #steps: Step[] = [];

  /** @param millis the time, milliseconds since the epoch */
  constructor(private readonly millis: () => number) {}

  answered(status: number, millis: number): void {
    const step = this.#step();
    add(step.answers, String(status), 1);
    const found = LATENCY_CLASSES.findIndex((end) => millis <= end);
    const index = found === -1 ? LATENCY_CLASSES.length : found;
    step.latencies[index] = (step.latencies[index] ?? 0) + 1;
  }

  failed(reason: string): void {
    add(this.#step().unanswered, reason, 1);
  }

  /** The last five minutes, the current one included. */
  traffic(): Traffic {
    const first = Math.floor(this.millis() / STEP) - STEPS;
    return sumOf(this.#steps.filter(({ number }) => number > first));
  }

  #step(): Step {
    const number = Math.floor(this.millis() / STEP);
    const last = this.#steps.at(-1);
    if (last?.number === number) return last;
    const step: Step = { number, answers: {}, unanswered: {}, latencies: noLatencies() };
    this.#steps = [...this.#steps.slice(1 - STEPS), step];
    return step;
  }
}

/** The traffic of several processes or times together. */
export function sumOf(parts: readonly Traffic[]): Traffic {
  const sum = { answers: {}, unanswered: {}, latencies: noLatencies() };
  for (const part of parts) {
    for (const [status, number] of Object.entries(part.answers)) add(sum.answers, status, number);
    for (const [reason, number] of Object.entries(part.unanswered)) add(sum.unanswered, reason, number);
    for (const [index, number] of part.latencies.entries()) sum.latencies[index] = (sum.latencies[index] ?? 0) + number;
  }
  return sum;
}

/** The latency, in milliseconds, that a share of the answers did not exceed; undefined without answers, Infinity beyond the last class. */
export function latencyOf({ latencies }: Traffic, share: number): number | undefined {
  const wanted = totalOf(latencies) * share;
  if (wanted === 0) return undefined;
  let seen = 0;
  const index = latencies.findIndex((number) => {
    seen += number;
    return seen >= wanted;
  });
  return LATENCY_CLASSES[index] ?? Number.POSITIVE_INFINITY;
}

/** Answers and messages without one whose status or reason fits. */
export function countOf({ answers, unanswered }: Traffic, fits: (word: string) => boolean = () => true): number {
  return totalOf([...Object.entries(answers), ...Object.entries(unanswered)].map(([word, n]) => (fits(word) ? n : 0)));
}

function totalOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}

function add(counts: Record<string, number>, word: string, number: number): void {
  counts[word] = (counts[word] ?? 0) + number;
}

function noLatencies(): number[] {
  return new Array<number>(LATENCY_CLASSES.length + 1).fill(0);
}
