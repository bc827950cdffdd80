/** Numbers of HTTP/2 (RFC 9113) that a client needs. */

/** What a client sends first (3.4). */
export const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';
/** Bytes before the payload of each frame (4.1). */
export const FRAME_HEADER = 9;
/** Every peer takes frames of this size; larger ones only where it says so (4.2). */
export const DEFAULT_FRAME_SIZE = 16_384;
export const MAX_FRAME_SIZE = 16_777_215;
/** Bytes that may be on their way before the receiver allows more (6.9.2). */
export const DEFAULT_WINDOW = 65_535;
export const MAX_WINDOW = 2 ** 31 - 1;
/** Largest stream id (5.1.1). */
export const MAX_STREAM_ID = 2 ** 31 - 1;

/** Types of frames (section 6). */
export const FRAME = {
  data: 0,
  headers: 1,
  priority: 2,
  rstStream: 3,
  settings: 4,
  pushPromise: 5,
  ping: 6,
  goaway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const;

/** Flags of frames (section 6); ACK and END_STREAM share a bit, on different frames. */
export const FLAG = { ack: 1, endStream: 1, endHeaders: 4, padded: 8, priority: 32 } as const;

/** Settings (6.5.2). */
export const SETTING = {
  headerTableSize: 1,
  enablePush: 2,
  maxConcurrentStreams: 3,
  initialWindowSize: 4,
  maxFrameSize: 5,
} as const;

/** Error codes (section 7). */
export const ERROR_CODES = {
  NO_ERROR: 0,
  PROTOCOL_ERROR: 1,
  INTERNAL_ERROR: 2,
  FLOW_CONTROL_ERROR: 3,
  STREAM_CLOSED: 5,
  FRAME_SIZE_ERROR: 6,
  REFUSED_STREAM: 7,
  CANCEL: 8,
  COMPRESSION_ERROR: 9,
  ENHANCE_YOUR_CALM: 11,
} as const;

export type ErrorName = keyof typeof ERROR_CODES;

/** The peer broke the protocol in a way that ends the connection (5.4.1). */
export class ConnectionError extends Error {
  constructor(readonly code: ErrorName) {
    super(code);
  }
}
