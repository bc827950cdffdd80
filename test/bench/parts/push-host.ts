import { once } from 'node:events';
import { createServer } from 'node:http';
import { createSecureServer, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { answerCalls } from './answer-calls.js';

/**
 * The far end of a benchmark: takes every push, for Apple's paths with an empty answer, for Google's with a name. The stand-ins of
 * the sandbox check what they get, and that would cost more than what is measured here.
 */

/** What Apple allows on a connection. */
const STREAMS = 1000;
const JSON_TYPE = { ':status': 200, 'content-type': 'application/json; charset=UTF-8' };
const NAME = JSON.stringify({ name: 'projects/bench/messages/0:1700000000000000' });
const TOKEN = JSON.stringify({ access_token: 'ya29.bench', expires_in: 3599, token_type: 'Bearer' });

let taken = 0;

function take(stream: ServerHttp2Stream, path: string): void {
  stream.on('error', () => undefined);
  stream.resume();
  stream.once('end', () => {
    // On a machine that has more to do than it can, its sender may have given it up.
    if (stream.destroyed) return;
    taken++;
    if (path.startsWith('/3/device/')) {
      stream.respond({ ':status': 200 }, { endStream: true });
    } else {
      stream.respond(JSON_TYPE);
      stream.end(NAME);
    }
  });
}

async function start({ key, cert }: { key: string; cert: string }): Promise<{ port: number; tokenPort: number }> {
  const pushes = createSecureServer({ key, cert, settings: { maxConcurrentStreams: STREAMS } });
  pushes.on('sessionError', () => undefined);
  pushes.on('stream', (stream, headers) => take(stream, headers[':path'] ?? ''));
  const tokens = createServer((request, response) => {
    request.resume().once('end', () => response.setHeader('content-type', 'application/json').end(TOKEN));
  });
  const ports = [pushes, tokens].map(async (server) => {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  });
  const [port = 0, tokenPort = 0] = await Promise.all(ports);
  return { port, tokenPort };
}

answerCalls({ start, taken: () => taken });
