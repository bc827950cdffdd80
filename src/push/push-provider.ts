import type { CredentialFacts, PoolObserver, ProviderSnapshot } from './provider-snapshot.js';
import type { PushOutcome } from './push-outcome.js';

/** One message to one Apple device, ready to send. */
export interface ApnsDelivery {
  readonly token: string;
  /** The app's bundle id: header `apns-topic`. */
  readonly topic: string;
  /** The complete JSON body. */
  readonly body: string;
  /** Header `apns-expiration`, Unix seconds; absent: the header is not sent. */
  readonly expiration?: number;
  /** Header `apns-priority`; absent: not sent (Apple then uses 10). */
  readonly priority?: number;
  /** Header `apns-push-type`; absent: not sent. */
  readonly pushType?: string;
  /** When the device was registered, where that is known: a new one has to prove itself (`dead-tokens/token-trust.ts`). */
  readonly registeredAt?: Date;
}

/** One message to one Android device, ready to send. */
export interface FcmDelivery {
  readonly token: string;
  /** The complete JSON body, `{"message":{...}}`, token included. */
  readonly body: string;
}

/** Limits of one batch. */
export interface SendOptions {
  /** Milliseconds since the epoch after which nothing is tried any more; what is still open then ends as `try-later`. */
  readonly deadline: number;
  /** Gives the batch up before its deadline: what is still open then ends as `try-later`. */
  readonly signal?: AbortSignal;
}

/**
 * The seam to Apple and Google. Answers one outcome per delivery, in order, and never throws for anything a provider or the
 * network does. All deliveries of a batch are sent at once.
 */
export abstract class PushProvider<D> {
  /** Whether credentials are present. */
  abstract readonly configured: boolean;
  /** What the credentials are, for operators; undefined where there are none. */
  abstract credentialFacts(): CredentialFacts | undefined;
  abstract snapshot(): ProviderSnapshot;
  /** Tells `observer` of answers with their latency, failures and connections from now on. */
  abstract observe(observer: PoolObserver): void;
  abstract send(deliveries: readonly D[], options: SendOptions): Promise<PushOutcome[]>;
  /** Lets requests in flight finish, then closes connections. */
  abstract close(): Promise<void>;
}

/** Injection token and type for Apple's provider. */
export abstract class ApnsProvider extends PushProvider<ApnsDelivery> {}
/** Injection token and type for Google's provider. */
export abstract class FcmProvider extends PushProvider<FcmDelivery> {}
