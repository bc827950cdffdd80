import type { Clock } from '../../common/clock.js';
import type { BouncerClient } from './bouncer-client.js';
import type { ZulipDatabase } from './zulip-database.js';
import type { ZulipFeatures } from './zulip-version.js';

/** What all parts of one simulated server share. */
export interface ZulipParts {
  readonly version: string;
  readonly features: ZulipFeatures;
  readonly hostname: string;
  readonly contactEmail: string;
  readonly client: BouncerClient;
  readonly database: ZulipDatabase;
  readonly clock: Clock;
}
