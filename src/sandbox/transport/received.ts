/** What stand-ins of both providers keep about a request: what came, and what it was answered. */
export interface Received {
  readonly token: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly rawBody: string;
  /** The parsed body, undefined where it was not JSON. */
  readonly body: unknown;
  /** 0 where the request ended in a fault instead of an answer. */
  readonly status: number;
  /** The provider's word for the refusal, empty where it took the message. */
  readonly reason: string;
  /** Running number of the HTTP/2 session it came by, from 1; 0 for HTTP/1.1. */
  readonly session: number;
  readonly at: Date;
}
