import { constants, type Http2ServerRequest, type Http2ServerResponse, type ServerHttp2Session } from 'node:http2';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TLSSocket } from 'node:tls';
import type { Fault } from './script.js';

/** One request to a stand-in, read completely, with the ways to end it. Speaks HTTP/2 and, where allowed, HTTP/1.1. */
export class Exchange {
  /** Headers without HTTP/2's pseudo-headers; names in lower case. */
  readonly headers: Readonly<Record<string, string>>;

  private constructor(
    private readonly request: Http2ServerRequest,
    private readonly response: Http2ServerResponse,
    /** The raw body. */
    readonly body: Buffer,
  ) {
    const plain: Record<string, string> = {};
    for (const [name, value] of Object.entries(request.headers)) {
      if (!name.startsWith(':') && value !== undefined) plain[name] = Array.isArray(value) ? value.join(', ') : value;
    }
    this.headers = plain;
  }

  static async read(request: Http2ServerRequest, response: Http2ServerResponse): Promise<Exchange> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    return new Exchange(request, response, Buffer.concat(chunks));
  }

  get method(): string {
    return this.request.method;
  }

  /** Path without the query. */
  get path(): string {
    return this.request.url.split('?', 1)[0] ?? '';
  }

  /** The HTTP/2 session, undefined on HTTP/1.1. */
  get session(): ServerHttp2Session | undefined {
    return this.request.httpVersionMajor === 2 ? (this.request.stream.session as ServerHttp2Session) : undefined;
  }

  /** Whether the client showed a certificate of a trusted authority. */
  get hasClientCertificate(): boolean {
    return (this.request.socket as TLSSocket).authorized === true;
  }

  /** False when the client has given the request up or the connection is gone. */
  get open(): boolean {
    return this.session
      ? !this.request.stream.destroyed && !this.request.stream.closed
      : !this.response.socket?.destroyed;
  }

  /** Milliseconds to let pass; does not keep the process alive. */
  async wait(ms: number): Promise<void> {
    if (ms > 0) await sleep(ms, undefined, { ref: false });
  }

  /** Answers; quietly does nothing when nobody listens any more. */
  reply(status: number, headers: Readonly<Record<string, string>>, body: string): void {
    if (!this.open) return;
    this.response.writeHead(status, { ...headers });
    this.response.end(body);
  }

  /** Ends or leaves the request as told. On HTTP/1.1, which has neither streams nor GOAWAY, the socket is torn down instead. */
  fail(fault: Fault): void {
    const session = this.session;
    if (fault.kind === 'hang') return;
    if (!session || fault.kind === 'destroy') return void (session ?? this.request.socket).destroy();
    const stream = this.request.stream;
    if (fault.kind === 'goaway') {
      // Node cannot say "last stream 0": on the first stream of a session the reset alone tells that it was not processed. And it
      // breaks its own memory when it says goodbye to a stream that is still open, so the stream goes first.
      const last = Math.max(0, (stream.id ?? 0) - 2);
      stream.once('close', () => {
        setImmediate(() => {
          if (!session.destroyed) session.goaway(fault.code ?? constants.NGHTTP2_NO_ERROR, last);
        });
      });
    }
    stream.close(
      fault.kind === 'reset' ? (fault.code ?? constants.NGHTTP2_REFUSED_STREAM) : constants.NGHTTP2_REFUSED_STREAM,
    );
  }
}
