import type { Socket } from 'node:net';
import { AppError, type ErrorName } from '../common/errors.js';

/** Node's codes for a request that never became one, and what the client is told. */
const MEANING: Readonly<Record<string, ErrorName>> = {
  ERR_HTTP_REQUEST_TIMEOUT: 'http.too-slow',
  HPE_HEADER_OVERFLOW: 'http.headers-too-large',
};

/**
 * Answers what broke before it was a request (bad syntax, headers too large, too slow) in the protocol's envelope, since clients
 * cannot read anything else, and closes the connection.
 */
export function answerBrokenConnection(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const answer = new AppError(MEANING[error.code ?? ''] ?? 'http.bad-request');
  const body = JSON.stringify(answer.toBody());
  const head = [
    `HTTP/1.1 ${answer.status} ${answer.status === 408 ? 'Request Timeout' : 'Bad Request'}`,
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}
