import { connect, type Socket } from 'node:net';

/** An answer as its bytes came: the lines of its head, and its body. */
export interface KeptAnswer {
  readonly lines: readonly string[];
  readonly text: string;
  readonly status: number;
}

/** One connection that stays open: what is sent goes out as it is, and answers are read one after the other. */
export class KeptConnection {
  private readonly socket: Socket;
  private received = '';
  private wake: (() => void) | undefined;
  private over = false;

  constructor(origin: string) {
    const { hostname, port } = new URL(origin);
    this.socket = connect(Number(port), hostname);
    this.socket.setEncoding('latin1');
    this.socket.on('data', (text: string) => {
      this.received += text;
      this.wake?.();
    });
    this.socket.on('error', () => undefined);
    this.socket.on('close', () => {
      this.over = true;
      this.wake?.();
    });
  }

  /** Whether the other side, or we, have closed it. */
  get closed(): boolean {
    return this.over;
  }

  /** Resolves when what was sent has left this process, or the connection is gone. */
  send(text: string): Promise<void> {
    return new Promise((resolve) => {
      if (this.over) resolve();
      else this.socket.write(text, () => resolve());
    });
  }

  /** The next answer. @throws Error where the connection is closed before it is whole */
  async next(): Promise<KeptAnswer> {
    for (;;) {
      const end = this.received.indexOf('\r\n\r\n');
      const lines = end === -1 ? [] : this.received.slice(0, end).split('\r\n');
      const length = Number(
        /^content-length: *(\d+)$/i.exec(lines.find((line) => /^content-l/i.test(line)) ?? '')?.[1],
      );
      if (end !== -1 && this.received.length >= end + 4 + length) {
        const text = this.received.slice(end + 4, end + 4 + length);
        this.received = this.received.slice(end + 4 + length);
        return { lines, text, status: Number(lines[0]?.slice(9, 12)) };
      }
      if (this.over) throw new Error('the connection was closed before an answer was whole');
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
  }

  /** Resolves when the connection is closed; answers what came and was not read. */
  async end(): Promise<string> {
    while (!this.over) {
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
    return this.received;
  }

  close(): void {
    this.socket.destroy();
  }
}
