import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A webhook as it arrived. */
export interface ArrivedWebhook {
  readonly body: Buffer;
  readonly signature: string | undefined;
  readonly id: string;
  readonly type: string;
}

/** Takes webhooks and keeps them. Answers with the statuses given, then with 200. */
export async function receiveWebhooks(...statuses: number[]) {
  const arrived: ArrivedWebhook[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const { id, type } = JSON.parse(body.toString('utf8')) as { id: string; type: string };
    arrived.push({ body, signature: request.headers['stripe-signature'] as string | undefined, id, type });
    response.writeHead(statuses.shift() ?? 200).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/stripe/webhook/`,
    arrived,
    types: () => arrived.map(({ type }) => type),
    stop: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
