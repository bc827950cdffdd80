import { createHmac } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../../common/clock.js';
import type { StripeEvent } from './portal-objects.js';

/** Where events are sent. */
export interface WebhookEndpoint {
  readonly url: string;
  readonly secret: string;
  /** Only these types; without it: all. */
  readonly types?: readonly string[];
}

/** How events of a type are sent. */
export interface WebhookRule {
  /** 0: never, 2: twice, at the same time. */
  readonly times?: number;
  readonly delayMs?: number;
}

/** One try. */
export interface WebhookDelivery {
  readonly eventId: string;
  readonly type: string;
  /** 0 where nobody answered. */
  readonly status: number;
  readonly at: Date;
}

/** Pauses after tries that were not answered by 2xx. Stripe's own take three days. */
const RETRY_PAUSES_MS = [300, 600, 1_200, 2_400, 5_000, 5_000, 5_000, 10_000, 10_000, 10_000, 20_000, 20_000];

/** The signature that Stripe puts into `Stripe-Signature` (docs.stripe.com/webhooks/signature). */
export function signatureHeader(body: string, secret: string, seconds: number): string {
  const mac = createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex');
  return `t=${seconds},v1=${mac}`;
}

/**
 * Sends events to endpoints, signed, and again until they are acknowledged. Can be told to send twice, late, in the wrong order,
 * or not at all.
 */
export class WebhookSender {
  /** All tries, oldest first. */
  readonly deliveries: WebhookDelivery[] = [];
  private readonly endpoints: WebhookEndpoint[] = [];
  private readonly rules = new Map<string, WebhookRule>();
  private readonly running = new Set<Promise<void>>();
  private held: StripeEvent[] | undefined;
  private stopped = new AbortController();

  constructor(
    private readonly clock: Clock,
    private readonly retryPauses: readonly number[] = RETRY_PAUSES_MS,
  ) {}

  /** Events go here from now on. */
  sendTo(endpoint: WebhookEndpoint): this {
    this.endpoints.push(endpoint);
    return this;
  }

  /** Nobody is told any more. */
  forgetEndpoints(): void {
    this.endpoints.length = 0;
  }

  /** How events of a type (`*`: all that have no rule of their own) are sent from now on. */
  rule(type: string, rule: WebhookRule): this {
    this.rules.set(type, rule);
    return this;
  }

  clearRules(): void {
    this.rules.clear();
  }

  /** Keeps events back until {@link release}. */
  hold(): void {
    this.held ??= [];
  }

  /** Sends what was kept back, one after the other, in this order, and holds nothing any more. */
  async release(order: 'oldest-first' | 'newest-first' = 'oldest-first'): Promise<void> {
    const events = this.held ?? [];
    this.held = undefined;
    for (const event of order === 'oldest-first' ? events : events.toReversed()) await this.send(event);
  }

  /** Something happened; called by the account. */
  announce(event: StripeEvent): void {
    if (this.held) this.held.push(event);
    else this.track(this.send(event));
  }

  /** Sends an event now, whatever was sent before; resolves when it is acknowledged or given up. */
  async send(event: StripeEvent): Promise<void> {
    const { times = 1, delayMs = 0 } = this.rules.get(event.type) ?? this.rules.get('*') ?? {};
    if (times === 0) return;
    if (delayMs > 0) await this.pause(delayMs);
    const chosen = this.endpoints.filter(({ types }) => !types || types.includes(event.type));
    const sending = chosen.flatMap((endpoint) => Array.from({ length: times }, () => this.deliver(event, endpoint)));
    await Promise.all(sending);
  }

  /** Whether somebody has acknowledged an event. */
  acknowledged(eventId: string): boolean {
    return this.deliveries.some((one) => one.eventId === eventId && one.status >= 200 && one.status < 300);
  }

  /** Resolves when nothing is under way. */
  async idle(): Promise<void> {
    while (this.running.size > 0) await Promise.all(this.running);
  }

  /** Gives up everything under way. */
  async stop(): Promise<void> {
    this.stopped.abort();
    await this.idle();
  }

  private async deliver(event: StripeEvent, endpoint: WebhookEndpoint): Promise<void> {
    for (const pause of [...this.retryPauses, undefined]) {
      const status = await this.post(event, endpoint);
      if (this.stopped.signal.aborted) return;
      this.deliveries.push({ eventId: event.id, type: event.type, status, at: this.clock.now() });
      if ((status >= 200 && status < 300) || pause === undefined) return;
      await this.pause(pause);
    }
  }

  private async post(event: StripeEvent, endpoint: WebhookEndpoint): Promise<number> {
    const body = JSON.stringify(event);
    const signature = signatureHeader(body, endpoint.secret, this.clock.seconds());
    try {
      const answer = await fetch(endpoint.url, {
        method: 'POST',
        headers: { 'content-type': 'application/json; charset=utf-8', 'stripe-signature': signature },
        body,
        signal: AbortSignal.any([this.stopped.signal, AbortSignal.timeout(20_000)]),
      });
      await answer.arrayBuffer();
      return answer.status;
    } catch {
      return 0;
    }
  }

  private async pause(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.stopped.signal, ref: false }).catch(() => undefined);
  }

  private track(sending: Promise<void>): void {
    const tracked = sending.finally(() => this.running.delete(tracked));
    this.running.add(tracked);
  }
}
