import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answerCalls } from '../parts/answer-calls.js';

/** The head and the body of a refusal, about as long as the service's. */
const BODY = '{"result":"error","msg":"API usage exceeded rate limit","code":"RATE_LIMIT_HIT","retry-after":57.432}';
const HEAD = [
  ...['X-Request-Id', '00000000-0000-4000-8000-000000000000'],
  ...['Cache-Control', 'max-age=0, no-cache, no-store, must-revalidate, private', 'Expires', '0'],
  ...['X-RateLimit-Limit', '1000', 'X-RateLimit-Remaining', '0', 'X-RateLimit-Reset', '1800000000'],
  ...['Retry-After', '57.432', 'Content-Type', 'application/json', 'Content-Length', String(BODY.length)],
];

/** Refuses whatever it is asked: what Node's HTTP server itself costs, and a far end for a flood that does not concern the service. */
const server = createServer((_request, response) => response.writeHead(429, HEAD).end(BODY));

answerCalls({
  listen: async (): Promise<number> => {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  },
});
