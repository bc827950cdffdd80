import { connect } from 'node:net';

/** What came back on a connection before it was closed. */
export interface RawAnswer {
  readonly status: number;
  readonly head: string;
  readonly body: Readonly<Record<string, unknown>> | undefined;
}

/**
 * Sends pieces on a fresh connection, each as it is, and reads until the other side closes. `halfClose`: say that nothing more
 * comes. Only the first answer is looked at.
 */
export function sendRaw(origin: string, pieces: Iterable<string | Buffer>, halfClose = false): Promise<RawAnswer> {
  const { hostname, port } = new URL(origin);
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    const socket = connect(Number(port), hostname, () => {
      const iterator = pieces[Symbol.iterator]();
      const next = (): void => {
        const piece = iterator.next();
        if (piece.done || socket.destroyed) return void (halfClose && socket.end());
        if (socket.write(piece.value)) setImmediate(next);
        else socket.once('drain', next);
      };
      next();
    });
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    // A connection that is torn down while we still write answers before it goes, as far as that arrives.
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(read(Buffer.concat(chunks).toString('utf8'))));
  });
}

function read(text: string): RawAnswer {
  const end = text.indexOf('\r\n\r\n');
  const head = end === -1 ? text : text.slice(0, end);
  const length = Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? 0);
  return {
    status: Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1] ?? 0),
    head: head.toLowerCase(),
    body: parse(
      Buffer.from(text.slice(end + 4))
        .subarray(0, length)
        .toString('utf8'),
    ),
  };
}

function parse(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
