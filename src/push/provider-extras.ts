import type { ProviderTokenStore } from './apns/provider-token-store.js';
import type { BreakerOptions } from './http2/breaker.js';
import type { PoolObserver, PoolOptions } from './http2/pool-options.js';

/** What tests and metrics may add to a provider, and where it keeps what all nodes share. */
export interface ProviderExtras {
  /** Certificate authority to trust instead of the built-in ones, PEM; for tests. */
  readonly ca?: string;
  readonly pool?: Partial<PoolOptions>;
  readonly breaker?: Partial<BreakerOptions>;
  readonly observer?: PoolObserver;
  /** Where Apple's provider token is kept; unset: in this process. */
  readonly tokenStore?: ProviderTokenStore;
}
