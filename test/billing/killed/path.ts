import type { Organization } from '../../support/billing.js';
import type { Stage } from '../../support/killing/stage.js';
import type { Outcome } from './outcome.js';

/** One organization, to which something happens. */
export interface Scene {
  readonly stage: Stage;
  readonly someone: Organization;
}

/** A way that money takes through the service. */
export interface Path {
  readonly name: string;
  /** How things stand at first, on T0. */
  arrange(stage: Stage): Promise<Organization>;
  /** When it goes on, */
  readonly at: Date;
  /** and what is done first then. */
  before?(scene: Scene): Promise<void>;
  /** What happens, one thing after the other. */
  course(scene: Scene): Promise<void>;
  /** What happens after a crash, apart from what the service does by itself; without it nobody comes back. */
  again?(scene: Scene): Promise<void>;
  /** When that is, where the path has gone on in time. */
  readonly againAt?: Date;
  readonly outcome: Outcome;
  /** What may be instead where the process was killed. */
  readonly otherwise?: Outcome;
}
