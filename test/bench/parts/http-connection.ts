import { connect, type Socket } from 'node:net';

/**
 * One HTTP/1.1 connection that carries one request at a time. Understands what our two sides answer and no more: a client of full
 * value would need more of the processor than what it is there to measure.
 */
export class HttpConnection {
  private readonly socket: Socket;
  private received = '';
  private done: ((status: number) => void) | undefined;

  constructor(port: number) {
    this.socket = connect({ port, host: '127.0.0.1', noDelay: true });
    this.socket.setEncoding('latin1');
    this.socket.on('data', (text: string) => this.read(text));
    this.socket.on('error', () => undefined);
    this.socket.on('close', () => this.finish(0));
  }

  /** Whether it can still be used: a server closes connections that have been idle for long. */
  get open(): boolean {
    return !this.socket.destroyed;
  }

  /** Sends a whole request. `done` is told the status, or 0 where the connection broke. */
  send(request: string, done: (status: number) => void): void {
    this.done = done;
    if (this.socket.destroyed) setImmediate(() => this.finish(0));
    else this.socket.write(request);
  }

  close(): void {
    this.socket.destroy();
  }

  private read(text: string): void {
    this.received += text;
    const end = this.received.indexOf('\r\n\r\n');
    if (end === -1) return;
    const length = /\r\ncontent-length: *(\d+)/i.exec(this.received.slice(0, end))?.[1];
    if (length === undefined) throw new Error('an answer came without its length');
    if (this.received.length < end + 4 + Number(length)) return;
    const status = Number(this.received.slice(9, 12));
    this.received = '';
    this.finish(status);
  }

  private finish(status: number): void {
    const done = this.done;
    this.done = undefined;
    done?.(status);
  }
}
