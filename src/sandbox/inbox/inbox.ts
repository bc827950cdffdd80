import { EventEmitter, once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Received } from '../transport/received.js';
import { INBOX_SCRIPT, INBOX_STYLE, type InboxEntry, renderInbox } from './inbox-page.js';
import { onAndroid, onIphone, type PhoneMessage } from './phone-message.js';

/** The stand-in's side that the inbox listens to. */
type Deliveries = EventEmitter<{ delivery: [Received]; request: [Received] }>;

const KEPT = 500;
const HEADERS = {
  'content-security-policy':
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
};

/**
 * The developer's inbox: a page on 127.0.0.1 that shows live what each phone received, and `/messages.json` with the same, newest
 * first. For the sandbox only: it holds what the service itself never keeps. The last 500 are kept, in memory.
 */
export class Inbox extends EventEmitter<{ entry: [InboxEntry] }> {
  private readonly entries: InboxEntry[] = [];
  private readonly phones = new Map<string, string>();
  private readonly pages = new Set<ServerResponse>();
  private readonly server: Server = createServer((request, response) => this.serve(request, response));
  private lastId = 0;

  constructor(private readonly requestedPort = 0) {
    super();
  }

  async start(): Promise<void> {
    this.server.listen(this.requestedPort, '127.0.0.1');
    await once(this.server, 'listening');
  }

  async stop(): Promise<void> {
    if (!this.server.listening) return;
    const closed = once(this.server, 'close');
    this.server.close();
    this.server.closeAllConnections();
    await closed;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  get origin(): string {
    return `http://localhost:${this.port}`;
  }

  /** Everything shown, newest first. */
  get messages(): readonly InboxEntry[] {
    return this.entries;
  }

  /** Shows what these stand-ins deliver from now on. */
  follow(standIns: { readonly apns?: Deliveries; readonly fcm?: Deliveries }): this {
    standIns.apns?.on('delivery', (received) => this.show(onIphone(received)));
    standIns.fcm?.on('delivery', (received) => this.show(onAndroid(received)));
    return this;
  }

  /** A name for the phone that holds a token; without one the page shows the start of the token. */
  namePhone(token: string, name: string): this {
    this.phones.set(token.toLowerCase(), name);
    return this;
  }

  /** Adds one message. */
  show(message: PhoneMessage): void {
    const { token, at, ...rest } = message;
    const unnamed = `${message.platform === 'apns' ? 'iPhone' : 'Android'} ${token.slice(0, 8)}`;
    this.lastId += 1;
    const entry = {
      ...rest,
      id: this.lastId,
      phone: this.phones.get(token.toLowerCase()) ?? unnamed,
      at: at.toISOString(),
    };
    this.entries.unshift(entry);
    this.entries.length = Math.min(this.entries.length, KEPT);
    for (const open of this.pages) open.write(`data: ${JSON.stringify(entry)}\n\n`);
    this.emit('entry', entry);
  }

  private serve(request: IncomingMessage, response: ServerResponse): void {
    const path = (request.url ?? '').split('?', 1)[0] ?? '';
    const answers: Readonly<Record<string, () => readonly [type: string, body: string]>> = {
      '/': () => ['text/html; charset=utf-8', renderInbox(this.entries)],
      '/inbox.css': () => ['text/css; charset=utf-8', INBOX_STYLE],
      '/inbox.js': () => ['text/javascript; charset=utf-8', INBOX_SCRIPT],
      '/messages.json': () => ['application/json; charset=utf-8', JSON.stringify({ messages: this.entries })],
    };
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return void response.writeHead(405, { ...HEADERS, allow: 'GET, HEAD' }).end();
    if (path === '/events') {
      this.listen(response);
      return;
    }
    const answer = Object.hasOwn(answers, path) ? answers[path]?.() : undefined;
    if (!answer) return void response.writeHead(404, { ...HEADERS, 'content-type': 'text/plain' }).end('Not found\n');
    response.writeHead(200, { ...HEADERS, 'content-type': answer[0] }).end(answer[1]);
  }

  /** Server-sent events (HTML standard, 9.2): first what is there, oldest first, then each new one. */
  private listen(response: ServerResponse): void {
    response.writeHead(200, { ...HEADERS, 'content-type': 'text/event-stream' });
    response.write(
      this.entries
        .toReversed()
        .map((entry) => `data: ${JSON.stringify(entry)}\n\n`)
        .join('') || ':\n\n',
    );
    this.pages.add(response);
    response.on('close', () => this.pages.delete(response));
  }
}
