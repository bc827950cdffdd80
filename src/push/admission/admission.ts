import { Inject, Injectable, Logger } from '@nestjs/common';
import { AppError } from '../../common/errors.js';
import type { Settings } from '../../config/settings.js';
import { SETTINGS } from '../../config/settings.module.js';

/** What is to be sent, by how badly it is missed: a removal or a test can wait, a message cannot. */
export type PushClass = 'alert' | 'removal' | 'test';

/** For gauges. */
export interface AdmissionSnapshot {
  readonly limit: number;
  readonly inFlight: number;
  /** Servers with a notification in flight. */
  readonly servers: number;
  /** Refused since the start, by class. */
  readonly shed: Readonly<Record<PushClass, number>>;
}

/** The part of every limit that is open to what can wait. */
const PATIENT_PART = 0.75;
/** Seconds; by then a full house has been emptied a few times. */
const RETRY_AFTER = '5';
const WARN_EVERY_MS = 60_000;

/**
 * Bounds the notifications in flight in this process. What comes beyond is refused at once with 503, which makes Zulip servers
 * send it again, rather than kept waiting in memory. Up to half of the limit everybody is let in; from there on a server may hold
 * no more than an equal share of the whole, with one share left for who is not there yet. Removals and tests are refused at
 * three quarters of all that. Costs the same however many servers there are.
 */
@Injectable()
export class Admission {
  private readonly logger = new Logger(Admission.name);
  private readonly limit: number;
  private readonly held = new Map<string, number>();
  private readonly shed: Record<PushClass, number> = { alert: 0, removal: 0, test: 0 };
  private total = 0;
  private warnedAt = Number.NEGATIVE_INFINITY;

  constructor(@Inject(SETTINGS) settings: Settings) {
    this.limit = settings.push.maxInFlight;
  }

  /**
   * Does the work of a notification if there is room for it.
   *
   * @throws AppError `push.overload` if there is none
   */
  async run<T>(serverId: string, kind: PushClass, work: () => Promise<T>): Promise<T> {
    const held = this.held.get(serverId) ?? 0;
    if (!this.hasRoom(held, kind)) throw this.refusal(kind);
    this.held.set(serverId, held + 1);
    this.total++;
    try {
      return await work();
    } finally {
      this.leave(serverId);
    }
  }

  snapshot(): AdmissionSnapshot {
    return { limit: this.limit, inFlight: this.total, servers: this.held.size, shed: { ...this.shed } };
  }

  private hasRoom(held: number, kind: PushClass): boolean {
    const open = this.limit * (kind === 'alert' ? 1 : PATIENT_PART);
    if (this.total >= open) return false;
    return this.total < open / 2 || held < Math.max(1, open / (this.held.size + 1));
  }

  private leave(serverId: string): void {
    this.total--;
    const held = (this.held.get(serverId) ?? 1) - 1;
    if (held > 0) this.held.set(serverId, held);
    else this.held.delete(serverId);
  }

  private refusal(kind: PushClass): AppError {
    this.shed[kind]++;
    const now = performance.now();
    if (now - this.warnedAt >= WARN_EVERY_MS) {
      this.warnedAt = now;
      this.logger.warn('notifications are refused: too many in flight', this.snapshot());
    }
    return new AppError('push.overload', {}, {}, { 'Retry-After': RETRY_AFTER });
  }
}
