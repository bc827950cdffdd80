import { connect, type Socket } from 'node:net';
import Fastify, { type FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RequestsInFlight } from './requests-in-flight.js';

/** Milliseconds in which an end that is near must have come; and more than one that is not near gets. */
const SOON = 5_000;
const NOT_YET = 50;

let fastify: FastifyInstance;
let inFlight: RequestsInFlight;
let socket: Socket;
beforeEach(async () => {
  fastify = Fastify();
  inFlight = new RequestsInFlight();
  inFlight.install(fastify);
  fastify.addHook('onRequest', (_request, reply) => {
    reply.send('at once');
  });
  fastify.post('/', () => 'never');
  const { port, hostname } = new URL(await fastify.listen({ port: 0, host: '127.0.0.1' }));
  socket = connect(Number(port), hostname);
});
afterEach(async () => {
  socket.destroy();
  await fastify.close();
});

/** Sends the head of a request and five of the nine bytes of its body, and waits for the answer. */
async function answeredEarly(): Promise<void> {
  socket.write('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nuser_');
  await new Promise((resolve) => socket.once('data', resolve));
}

describe('a request that is answered before all of it has come', () => {
  it('is in flight until the rest is there', async () => {
    await answeredEarly();
    expect(await inFlight.drain(NOT_YET)).toBe(false);
    socket.write('id=1');
    expect(await inFlight.drain(SOON)).toBe(true);
  });

  it('is in flight until its client goes away', async () => {
    await answeredEarly();
    expect(await inFlight.drain(NOT_YET)).toBe(false);
    socket.destroy();
    expect(await inFlight.drain(SOON)).toBe(true);
  });
});
