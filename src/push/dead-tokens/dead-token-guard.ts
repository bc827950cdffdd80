import type { Clock } from '../../common/clock.js';
import type { PushOutcome } from '../push-outcome.js';
import { SlidingShare } from './sliding-share.js';

/** When so many tokens of one app die at once that the fault must be ours. Shares are between 0 and 1. */
export interface GuardOptions {
  /** How far back sends are counted, milliseconds. */
  readonly windowMs: number;
  /** Deleting stops at this share of dead tokens, among at least so many sends... */
  readonly alarmShare: number;
  readonly alarmSends: number;
  /** ...and starts again below this share, among at least so many sends. */
  readonly calmShare: number;
  readonly calmSends: number;
}

export const GUARD_DEFAULTS: GuardOptions = {
  windowMs: 300_000,
  alarmShare: 0.9,
  alarmSends: 50,
  calmShare: 0.5,
  calmSends: 10,
};

/** One app at this moment, for gauges. */
export interface GuardedApp {
  readonly provider: string;
  readonly app: string;
  /** Sends in the window that say whether their token lives, and how many of those said that it does not. */
  readonly sends: number;
  readonly dead: number;
  /** Whether deleting is stopped. */
  readonly stopped: boolean;
}

interface Watch {
  readonly provider: string;
  readonly app: string;
  readonly share: SlidingShare;
  stopped: boolean;
}

/** The names of apps come from servers, so their number is bounded. */
const MAX_APPS = 1000;

/**
 * Keeps a wrong key, topic or environment from deleting every device: if nearly all sends of one app turn into dead tokens within
 * minutes, those answers are not believed until the share falls. Counts in this process alone.
 */
export class DeadTokenGuard {
  readonly #watches = new Map<string, Watch>();
  readonly #options: GuardOptions;

  /** `alarm` is called once each time that deleting stops, and when it starts again. */
  constructor(
    private readonly clock: Clock,
    private readonly alarm: (app: GuardedApp) => void,
    options: Partial<GuardOptions> = {},
  ) {
    this.#options = { ...GUARD_DEFAULTS, ...options };
  }

  /**
   * Counts the outcomes of one app's sends. Answers them as they are to be believed: while deleting is stopped, a dead token is a
   * plain rejection.
   */
  believe(provider: string, app: string, outcomes: readonly PushOutcome[]): readonly PushOutcome[] {
    const watch = this.#watch(provider, app);
    const now = this.clock.millis();
    let dead = 0;
    let telling = 0;
    for (const { kind } of outcomes) {
      if (kind === 'token-gone') dead++;
      if (kind === 'token-gone' || kind === 'delivered') telling++;
    }
    if (telling > 0) {
      watch.share.add(now, telling, dead);
      // What works raises no alarm.
      if (dead > 0 || watch.stopped) this.#judge(watch, now);
    }
    if (!watch.stopped || dead === 0) return outcomes;
    return outcomes.map((outcome) =>
      outcome.kind === 'token-gone' ? { kind: 'rejected', reason: outcome.reason } : outcome,
    );
  }

  /** Every app that was sent to lately or for which deleting is stopped. */
  snapshot(): GuardedApp[] {
    const now = this.clock.millis();
    return [...this.#watches.values()]
      .map((watch) => describe(watch, now))
      .filter((app) => app.sends > 0 || app.stopped);
  }

  #judge(watch: Watch, now: number): void {
    const { alarmSends, alarmShare, calmSends, calmShare } = this.#options;
    const { sends, dead } = watch.share.count(now);
    const stopped = watch.stopped
      ? sends < calmSends || dead >= calmShare * sends
      : sends >= alarmSends && dead >= alarmShare * sends;
    if (stopped === watch.stopped) return;
    watch.stopped = stopped;
    this.alarm(describe(watch, now));
  }

  #watch(provider: string, app: string): Watch {
    const key = `${provider} ${app}`;
    const known = this.#watches.get(key);
    if (known) return known;
    if (this.#watches.size >= MAX_APPS) this.#forgetOne();
    const watch = { provider, app, share: new SlidingShare(this.#options.windowMs), stopped: false };
    this.#watches.set(key, watch);
    return watch;
  }

  /** The app that is known longest, one that is not stopped if there is any. */
  #forgetOne(): void {
    for (const [key, { stopped }] of this.#watches) {
      if (stopped) continue;
      this.#watches.delete(key);
      return;
    }
    for (const key of this.#watches.keys()) {
      this.#watches.delete(key);
      return;
    }
  }
}

function describe({ provider, app, share, stopped }: Watch, now: number): GuardedApp {
  return { provider, app, ...share.count(now), stopped };
}
