/** What a process was about to do, or had just done without having heard of it. */
export type When = 'before' | 'after';

interface Held {
  readonly when: When;
  release(): void;
  drop(error: Error): void;
}

/** The process that was to do it is dead: it was not done. */
export class Killed extends Error {
  override readonly name = 'Killed';
}

/**
 * The points of a course of action at which the process can be killed: each request to Stripe and each commit is one before it is done,
 * and another one after that, before its answer. Courses are taken one at a time; each is held at the one point that is chosen for it,
 * for ever, so that one kill finds every one of them at its own.
 */
export class KillPoints {
  private passed: string[] = [];
  private target = Number.POSITIVE_INFINITY;
  private listening = false;
  private readonly held: Held[] = [];
  private arrived: () => void = () => undefined;

  /** A course begins. It is held at the point of this number, or goes through. */
  begin(target = Number.POSITIVE_INFINITY): { readonly isHeld: Promise<void> } {
    this.passed = [];
    this.target = target;
    this.listening = true;
    const isHeld = new Promise<void>((resolve) => {
      this.arrived = resolve;
    });
    return { isHeld };
  }

  /** The course is over; answers the points that it came by, the one where it is held last. */
  end(): readonly string[] {
    this.listening = false;
    return this.passed;
  }

  /** Whoever comes by says what they do; where they are held, it goes on only when the process is dead. */
  async pass(when: When, what: string): Promise<void> {
    if (!this.listening) return;
    const number = this.passed.push(`${when} ${what}`) - 1;
    if (number !== this.target) return;
    this.listening = false;
    await new Promise<void>((release, drop) => {
      this.held.push({ when, release, drop });
      this.arrived();
    });
  }

  /** The process is dead: what it was about to do is not done, the answers it waited for go nowhere. */
  dead(): void {
    for (const { when, release, drop } of this.held.splice(0)) {
      if (when === 'after') release();
      else drop(new Killed());
    }
  }
}
