import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type ClientHttp2Session, connect, sensitiveHeaders } from 'node:http2';
import type { AddressInfo } from 'node:net';
import pg from 'pg';
import { TurnBatcher } from '../../../src/common/turn-batcher.js';
import { answerCalls } from '../parts/answer-calls.js';

/**
 * The yardstick: what forwarding costs with nothing around it. One look-up shared by the requests of a turn of the event loop, one
 * HTTP/2 session, no checks, no counters, no limits.
 */

const LOOK_UP = `
  SELECT q.n, d.token, d.ios_app_id
  FROM unnest($1::int[], $2::bigint[], $3::uuid[]) AS q (n, server_id, user_uuid)
  JOIN devices d ON d.server_id = q.server_id AND d.user_uuid = q.user_uuid`;

interface Device {
  readonly token: string;
  readonly ios_app_id: string;
}

interface Query {
  readonly serverId: string;
  readonly userUuid: string;
}

/** What a notification must hold for this side. */
interface Notification {
  readonly user_uuid: string;
  readonly apns_payload: { readonly custom: object };
}

export interface BareOrder {
  readonly databaseUrl: string;
  readonly pushOrigin: string;
  readonly ca: string;
  readonly providerToken: string;
  /** Server ids by `Authorization` header. */
  readonly servers: Readonly<Record<string, string>>;
}

class BareService {
  private readonly pool: pg.Pool;
  private readonly session: ClientHttp2Session;
  private readonly lookUp = new TurnBatcher<Query, Device[]>((queries) => this.load(queries), {
    size: 200,
    concurrency: 4,
  });

  constructor(private readonly order: BareOrder) {
    this.pool = new pg.Pool({ connectionString: order.databaseUrl, max: 8 });
    this.session = connect(order.pushOrigin, { ca: order.ca });
  }

  async listen(): Promise<number> {
    await once(this.session, 'connect');
    const server = createServer((request, response) => {
      this.answer(request, response).catch(() => response.writeHead(500, { 'content-length': 0 }).end());
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const notification = JSON.parse(await read(request)) as Notification;
    const serverId = this.order.servers[request.headers.authorization ?? ''] ?? '';
    const devices = await this.lookUp.ask({ serverId, userUuid: notification.user_uuid });
    const { custom, ...aps } = notification.apns_payload;
    const body = JSON.stringify({ ...custom, aps });
    const statuses = await Promise.all(devices.map((device) => this.push(device, body)));
    const answer = JSON.stringify({ result: 'success', msg: '', total_apple_devices: statuses.length });
    const status = statuses.length > 0 && statuses.every((one) => one === 200) ? 200 : 502;
    response.writeHead(status, { 'content-type': 'application/json', 'content-length': answer.length }).end(answer);
  }

  private push(device: Device, body: string): Promise<number> {
    return new Promise((resolve, reject) => {
      const stream = this.session.request({
        ':method': 'POST',
        ':path': `/3/device/${device.token}`,
        authorization: `bearer ${this.order.providerToken}`,
        'apns-topic': device.ios_app_id,
        'apns-expiration': Math.floor(Date.now() / 1000) + 86_400,
        [sensitiveHeaders as unknown as string]: [':path'],
      });
      let status = 0;
      stream.once('response', (headers) => {
        status = headers[':status'] ?? 0;
      });
      stream.once('error', reject);
      stream.once('close', () => resolve(status));
      stream.resume();
      stream.end(body);
    });
  }

  private async load(queries: Query[]): Promise<Device[][]> {
    const { rows } = await this.pool.query<Device & { n: number }>({
      name: 'devices',
      text: LOOK_UP,
      values: [
        queries.map((_, n) => n),
        queries.map(({ serverId }) => serverId),
        queries.map(({ userUuid }) => userUuid),
      ],
    });
    const found: Device[][] = queries.map(() => []);
    for (const row of rows) found[row.n]?.push(row);
    return found;
  }
}

function read(request: IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.once('end', () => resolve(Buffer.concat(chunks).toString('utf8')));
    request.once('error', reject);
  });
}

answerCalls({ start: (order: BareOrder) => new BareService(order).listen() });
