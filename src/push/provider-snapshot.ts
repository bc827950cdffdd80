import type { BreakerSnapshot } from './http2/breaker.js';
import type { PoolObserver, PoolSnapshot } from './http2/pool-options.js';

export type { BreakerSnapshot, PoolObserver, PoolSnapshot };

/**
 * The connections for one kind of traffic: `main`, or `unproven` for tokens that are new or were just declared dead, kept apart
 * because Apple narrows connections that carry many bad tokens.
 */
export interface NamedPool extends PoolSnapshot {
  readonly name: 'main' | 'unproven';
}

/** What a provider is known by to Apple or Google; never a secret. */
export interface CredentialFacts {
  readonly kind: 'signing-key' | 'certificate' | 'service-account';
  /** Of the signing key, or of the service account's key. */
  readonly keyId?: string;
  /** Of a client certificate. */
  readonly expiresAt?: Date;
  /** Of the provider token or access token in use, since it was issued; absent where none is in use. */
  readonly tokenAgeSeconds?: number;
}

/** A provider at this moment, for gauges. */
export interface ProviderSnapshot {
  readonly pools: readonly NamedPool[];
  readonly breaker: BreakerSnapshot;
  /** Absent where nothing is configured. */
  readonly credentials?: CredentialFacts;
}
