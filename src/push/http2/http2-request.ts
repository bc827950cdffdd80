import type { AnswerHeaders } from './wire/exchange.js';
import type { RequestHeaders } from './wire/request-headers.js';

/** One POST-like exchange over the pool. */
export interface Http2Request {
  /** Pseudo-headers and headers; `:scheme` and `:authority` come from the session. */
  readonly headers: RequestHeaders;
  /** Names of headers whose values do not come again, which would only push others out of the tables of header compression. */
  readonly once?: readonly string[];
  readonly body: string;
  /** Milliseconds from now until the pool gives up, waiting for a stream included. */
  readonly timeoutMs: number;
  /** Gives the exchange up early, in the waiting line as well as in flight. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Why no answer came:
 * - `unreachable`: no connection could be made, so nothing was sent;
 * - `overloaded`: the waiting line was full or the wait too long, so nothing was sent;
 * - `timeout`: no answer within `timeoutMs`; the other side may have acted or not;
 * - `connection-lost`: the stream or its session ended without an answer; the other side may have acted or not;
 * - `aborted`: the caller's signal;
 * - `closed`: the pool was closed before the request came;
 * - `unsendable`: the headers cannot be expressed in HTTP/2.
 */
export type Http2FailureReason =
  | 'unreachable'
  | 'overloaded'
  | 'timeout'
  | 'connection-lost'
  | 'aborted'
  | 'closed'
  | 'unsendable';

/** The end of an exchange. Whatever a network can do is a value here, never an exception. */
export type Http2Result =
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly headers: AnswerHeaders;
      /** Empty where the status is 200: nobody reads those. */
      readonly body: string;
    }
  | {
      readonly kind: 'failure';
      readonly reason: Http2FailureReason;
      /** Of a `timeout`: how long the other side had the request, milliseconds. The rest of the time it stood in line here. */
      readonly silentMs?: number;
    };
