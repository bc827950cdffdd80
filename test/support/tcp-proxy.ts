import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

interface Pair {
  readonly client: Socket;
  readonly upstream: Socket;
}

/**
 * A stretch of network between a client and a server on this machine that can be disturbed: bytes are forwarded as they are, so TLS
 * passes through. What is said of connections holds for those that are open and, where noted, for later ones.
 */
export class TcpProxy {
  /** Connections taken so far. */
  accepted = 0;
  private readonly pairs = new Set<Pair>();
  private server: Server;
  private stalled = false;
  /** Bytes of the server's that still pass before everything is cut; undefined: no end. */
  private allowance: number | undefined;

  private constructor(
    private target: number,
    readonly host: string,
    /** The port it listens on, the same after `refuse` and `accept`. */
    public port = 0,
  ) {
    this.server = this.createServer();
  }

  /** A proxy to a port of 127.0.0.1 that listens on `host`. */
  static async start(target: number, host = '127.0.0.1'): Promise<TcpProxy> {
    const proxy = new TcpProxy(target, host);
    await proxy.accept();
    return proxy;
  }

  get open(): number {
    return this.pairs.size;
  }

  /** Nothing passes in either direction, on new connections neither, until `resume`; then all that was held comes through. */
  stall(): void {
    this.stalled = true;
    for (const { client, upstream } of this.pairs) {
      client.pause();
      upstream.pause();
    }
  }

  resume(): void {
    this.stalled = false;
    for (const { client, upstream } of this.pairs) {
      client.resume();
      upstream.resume();
    }
  }

  /** The open connections look alive and swallow every byte, as when a router on the way forgot them. New ones work. */
  halfOpen(): void {
    for (const pair of this.pairs) {
      for (const socket of [pair.client, pair.upstream]) {
        socket.removeAllListeners('data');
        socket.on('data', () => undefined);
      }
    }
  }

  /** Resets the open connections. */
  cut(): void {
    for (const { client, upstream } of this.pairs) {
      client.resetAndDestroy();
      upstream.resetAndDestroy();
    }
  }

  /** Resets the open connections once the server has sent so many more bytes over them, wherever in a frame that is. */
  cutAfter(bytes: number): void {
    this.allowance = bytes;
  }

  /** Refuses connections, and resets the open ones, until `accept`. */
  async refuse(): Promise<void> {
    const closed = once(this.server, 'close');
    this.server.close();
    this.cut();
    await closed;
  }

  async accept(): Promise<void> {
    this.server = this.createServer();
    this.server.listen(this.port, this.host);
    await once(this.server, 'listening');
    this.port = (this.server.address() as AddressInfo).port;
  }

  /** New connections go to another port of 127.0.0.1, where what was behind this proxy has moved. */
  lead(target: number): void {
    this.target = target;
  }

  async stop(): Promise<void> {
    if (this.server.listening) await this.refuse();
  }

  private createServer(): Server {
    return createServer((client) => this.join(client));
  }

  private join(client: Socket): void {
    this.accepted++;
    const upstream = connect(this.target, '127.0.0.1');
    const pair = { client, upstream };
    this.pairs.add(pair);
    client.on('data', (bytes) => upstream.write(bytes));
    upstream.on('data', (bytes) => this.fromServer(client, bytes));
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      socket.setNoDelay(true);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        this.pairs.delete(pair);
        other.destroy();
      });
      if (this.stalled) socket.pause();
    }
  }

  private fromServer(client: Socket, bytes: Buffer): void {
    if (this.allowance === undefined) return void client.write(bytes);
    const passing = bytes.subarray(0, this.allowance);
    this.allowance -= passing.length;
    if (this.allowance > 0) return void client.write(passing);
    this.allowance = undefined;
    client.write(passing, () => this.cut());
  }
}
