import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { listenOn } from '../support/scripted-http2.js';

/** A line to a PostgreSQL that can be cut and mended: for whoever connects through it, the database goes away and comes back. */
export class DatabaseLine {
  private server: Server | undefined;
  private readonly sockets = new Set<Socket>();
  private port = 0;

  constructor(private readonly target: string) {}

  /** The URL of the database by way of this line; call after `mend`. */
  get url(): string {
    const url = new URL(this.target);
    url.hostname = '127.0.0.1';
    url.port = String(this.port);
    return url.href;
  }

  /** Connects, or connects again on the same port. */
  async mend(): Promise<void> {
    const { hostname, port } = new URL(this.target);
    this.server = createServer((client) => {
      const upstream = connect(Number(port) || 5432, hostname);
      for (const [one, other] of [
        [client, upstream],
        [upstream, client],
      ] as const) {
        this.sockets.add(one);
        one.on('error', () => undefined);
        one.on('close', () => {
          this.sockets.delete(one);
          other.destroy();
        });
        one.pipe(other);
      }
    });
    if (this.port === 0) this.port = await listenOn(this.server);
    else await once(this.server.listen(this.port, '127.0.0.1'), 'listening');
  }

  /** All connections break, and new ones are refused. */
  cut(): void {
    this.server?.close();
    for (const socket of this.sockets) socket.destroy();
  }
}
