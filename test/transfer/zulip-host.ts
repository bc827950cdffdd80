import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net';
import { inject } from 'vitest';
import { Authority } from '../../src/sandbox/transport/authority.js';

export type Answer = (response: ServerResponse, request: IncomingMessage) => void;

/** The host of a Zulip server, which answers as the test says when it is asked for its verification secret. */
export class ZulipHost {
  answer: Answer = notPrepared;
  /** Paths that were asked for. */
  readonly asked: string[] = [];
  /** A second listener beside it, where one was opened. */
  private readonly others: { close(): void }[] = [];
  private readonly sockets = new Set<Socket>();

  private constructor(private readonly server: Server) {}

  static async start(): Promise<ZulipHost> {
    const server = createServer(Authority.restore(inject('authority')).server);
    const host = new ZulipHost(server);
    server.on('request', (request, response) => {
      host.asked.push(`${request.method} ${request.url}`);
      host.answer(response, request);
    });
    server.on('connection', (socket: Socket) => host.sockets.add(socket));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return host;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  get hostname(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** Another port of the same machine, on which connections are treated as told. */
  async otherPort(treat: (socket: Socket) => void): Promise<number> {
    const server = createTcpServer((socket) => {
      this.sockets.add(socket);
      socket.on('error', () => undefined);
      treat(socket);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    this.others.push(server);
    return (server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    for (const other of this.others) other.close();
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
    await once(this.server, 'close');
  }
}

export function json(status: number, body: unknown): Answer {
  return (response) => response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
}

export const notPrepared = json(400, {
  result: 'error',
  msg: 'Verification secret not prepared',
  code: 'REMOTE_SERVER_VERIFICATION_SECRET_NOT_PREPARED',
});

/** Serves a secret as Zulip does. */
export const serving = (secret: string) => json(200, { result: 'success', msg: '', verification_secret: secret });
