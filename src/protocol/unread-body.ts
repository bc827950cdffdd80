import type { FastifyReply, FastifyRequest } from 'fastify';

/** A request's body, as far as its head tells. */
export interface AnnouncedBody {
  /** Bytes; undefined where it comes in chunks, of which nobody knows how many. */
  readonly length: number | undefined;
}

/** What the head of a request says of its body. */
export function announcedBody({ headers }: FastifyRequest): AnnouncedBody {
  if (headers['transfer-encoding'] !== undefined) return { length: undefined };
  return { length: Number(headers['content-length'] ?? 0) };
}

/**
 * Answers a request whose body nobody will read. What is on its way is let go, so that the client can read the answer and the
 * connection can carry the next request. A connection that ends with the answer is not closed before the body is over: the kernel
 * would reset it, and the client might never see the answer.
 *
 * @param limit bytes of a body of unknown length after which the connection is cut
 * @param answer sends the answer; is called once, unless the client goes away before
 */
export function answerUnread(
  { raw }: FastifyRequest,
  reply: FastifyReply,
  { length }: AnnouncedBody,
  limit: number,
  answer: () => void,
): void {
  if (length === undefined) cutBeyond(raw, limit);
  const closes = !reply.raw.shouldKeepAlive || reply.hasHeader('Connection');
  if (!closes || length === 0) {
    // Node lets go of the body itself when the answer is out.
    answer();
    return;
  }
  raw.once('end', answer).resume();
}

function cutBeyond(raw: FastifyRequest['raw'], limit: number): void {
  let left = limit;
  raw.on('data', (chunk: Buffer) => {
    left -= chunk.length;
    if (left < 0) raw.socket.destroy();
  });
}
