import type { PoolObserver, PoolOptions } from './http2/pool-options.js';

/** What tests and metrics may add to a provider. */
export interface ProviderExtras {
  /** Certificate authority to trust instead of the built-in ones, PEM; for tests. */
  readonly ca?: string;
  readonly pool?: Partial<PoolOptions>;
  readonly observer?: PoolObserver;
}
