import { DEFAULT_TABLE_SIZE } from './header-table.js';
import {
  ConnectionError,
  DEFAULT_FRAME_SIZE,
  DEFAULT_WINDOW,
  MAX_FRAME_SIZE,
  MAX_WINDOW,
  SETTING,
} from './protocol.js';

/** What the peer allows (RFC 9113, 6.5.2). */
export interface PeerSettings {
  headerTableSize: number;
  /** Absent: as many as one likes. */
  maxConcurrentStreams: number | undefined;
  initialWindowSize: number;
  maxFrameSize: number;
}

/** Before the peer has said anything. */
export function initialSettings(): PeerSettings {
  return {
    headerTableSize: DEFAULT_TABLE_SIZE,
    maxConcurrentStreams: undefined,
    initialWindowSize: DEFAULT_WINDOW,
    maxFrameSize: DEFAULT_FRAME_SIZE,
  };
}

/**
 * Takes over a SETTINGS payload. Unknown settings mean nothing.
 *
 * @throws ConnectionError for values outside of what each may be
 */
export function readSettings(settings: PeerSettings, bytes: Buffer, start: number, end: number): void {
  if ((end - start) % 6 !== 0) throw new ConnectionError('FRAME_SIZE_ERROR');
  for (let at = start; at < end; at += 6) {
    const value = bytes.readUInt32BE(at + 2);
    switch (bytes.readUInt16BE(at)) {
      case SETTING.headerTableSize:
        settings.headerTableSize = value;
        break;
      case SETTING.maxConcurrentStreams:
        settings.maxConcurrentStreams = value;
        break;
      case SETTING.initialWindowSize:
        if (value > MAX_WINDOW) throw new ConnectionError('FLOW_CONTROL_ERROR');
        settings.initialWindowSize = value;
        break;
      case SETTING.maxFrameSize:
        if (value < DEFAULT_FRAME_SIZE || value > MAX_FRAME_SIZE) throw new ConnectionError('PROTOCOL_ERROR');
        settings.maxFrameSize = value;
        break;
      case SETTING.enablePush:
        // A server may say that it will not push, nothing else.
        if (value !== 0) throw new ConnectionError('PROTOCOL_ERROR');
    }
  }
}
