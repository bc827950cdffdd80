import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type Server, type Socket as TcpSocket } from 'node:net';
import {
  type Answer,
  decode,
  encode,
  type Packet,
  type Question,
  RECURSION_AVAILABLE,
  streamDecode,
  streamEncode,
} from 'dns-packet';

/** How a domain answers. `records`: with what is listed; a type not listed gives an empty answer, as if it did not exist. */
export type DnsMode = 'records' | 'nxdomain' | 'servfail' | 'silent';

/** What the stand-in says about one domain. */
export interface DnsZone {
  readonly mode?: DnsMode;
  /** Mail exchangers, host names, in order of preference. */
  readonly mx?: readonly string[];
  readonly a?: readonly string[];
  readonly aaaa?: readonly string[];
  readonly ns?: readonly string[];
}

/** RFC 1035, 4.1.1. */
const RCODE: Readonly<Record<DnsMode, number>> = { records: 0, silent: 0, servfail: 2, nxdomain: 3 };
const TTL_SECONDS = 60;

/**
 * A name server on 127.0.0.1 (UDP and TCP on the same port). Unless told otherwise every domain exists and takes mail. A zone counts for
 * its name only, not for names below it.
 */
export class DnsStandIn {
  private readonly zones = new Map<string, DnsZone>();
  private fallback: DnsZone = { mx: ['mail.sandbox.test'], a: ['127.0.0.1'], ns: ['ns.sandbox.test'] };
  private udp?: Socket;
  private tcp?: Server;
  private readonly connections = new Set<TcpSocket>();
  /** Questions asked so far, in order. */
  readonly questions: { readonly name: string; readonly type: string }[] = [];

  constructor(private readonly requestedPort = 0) {}

  async start(): Promise<void> {
    // The port that UDP happens to get may be taken for TCP; without a wish for one, another will do.
    for (let tries = this.requestedPort === 0 ? 20 : 1; ; tries--) {
      try {
        return await this.bind();
      } catch (error) {
        this.udp?.close();
        if (tries <= 1 || (error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
      }
    }
  }

  private async bind(): Promise<void> {
    this.udp = createSocket('udp4');
    this.udp.on('message', (message, peer) => {
      const answer = this.answer(readOrNothing(() => decode(message)));
      if (answer) this.udp?.send(encode(answer), peer.port, peer.address);
    });
    this.udp.bind(this.requestedPort, '127.0.0.1');
    await once(this.udp, 'listening');
    this.tcp = createServer((socket) => this.serve(socket));
    this.tcp.listen(this.port, '127.0.0.1');
    await once(this.tcp, 'listening');
  }

  async stop(): Promise<void> {
    for (const socket of this.connections) socket.destroy();
    const closing = [this.udp, this.tcp].map((one) => one && once(one, 'close'));
    this.udp?.close();
    this.tcp?.close();
    await Promise.all(closing);
  }

  get port(): number {
    return this.udp?.address().port ?? 0;
  }

  /** `ip:port`, as a resolver's configuration wants it. */
  get origin(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** What is said about one domain from now on. */
  zone(name: string, zone: DnsZone): this {
    this.zones.set(name.toLowerCase(), zone);
    return this;
  }

  /** What is said about all other domains. */
  otherwise(zone: DnsZone): this {
    this.fallback = zone;
    return this;
  }

  private serve(socket: TcpSocket): void {
    this.connections.add(socket);
    socket.on('close', () => this.connections.delete(socket));
    socket.on('error', () => undefined);
    let pending = Buffer.alloc(0);
    socket.on('data', (chunk: Buffer) => {
      pending = Buffer.concat([pending, chunk]);
      // Two bytes of length go before each message on TCP (RFC 1035, 4.2.2).
      while (pending.length >= 2 && pending.length >= 2 + pending.readUInt16BE(0)) {
        const whole = pending.subarray(0, 2 + pending.readUInt16BE(0));
        pending = pending.subarray(whole.length);
        const answer = this.answer(readOrNothing(() => streamDecode(whole)));
        if (answer) socket.write(streamEncode(answer));
      }
    });
  }

  private answer(query: Packet | undefined): Packet | undefined {
    const question = query?.questions?.[0];
    if (!query || !question) return undefined;
    this.questions.push({ name: question.name, type: question.type });
    const zone = this.zones.get(question.name.toLowerCase()) ?? this.fallback;
    const mode = zone.mode ?? 'records';
    if (mode === 'silent') return undefined;
    return {
      type: 'response',
      ...(query.id === undefined ? {} : { id: query.id }),
      flags: RECURSION_AVAILABLE | RCODE[mode],
      questions: [question],
      answers: mode === 'records' ? records(question, zone) : [],
    };
  }
}

function records({ name, type }: Question, zone: DnsZone): Answer[] {
  const ttl = TTL_SECONDS;
  switch (type) {
    case 'MX':
      return (zone.mx ?? []).map((exchange, index) => ({
        type,
        name,
        ttl,
        data: { preference: 10 * (index + 1), exchange },
      }));
    case 'A':
      return (zone.a ?? []).map((data) => ({ type, name, ttl, data }));
    case 'AAAA':
      return (zone.aaaa ?? []).map((data) => ({ type, name, ttl, data }));
    case 'NS':
      return (zone.ns ?? []).map((data) => ({ type, name, ttl, data }));
    default:
      return [];
  }
}

/** A packet that cannot be read is dropped, as name servers do. */
function readOrNothing(read: () => Packet): Packet | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
