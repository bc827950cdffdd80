import type { CanaryWorld } from '../canary-world.js';

/** One way in which content goes through the service, or fails to. Asserts that it was the way it says. */
export interface Drive {
  readonly name: string;
  run(world: CanaryWorld): Promise<void>;
}
