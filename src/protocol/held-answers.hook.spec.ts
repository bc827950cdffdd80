import { connect } from 'node:net';
import Fastify, { type FastifyInstance } from 'fastify';
import { afterEach, describe, expect, it } from 'vitest';
import { until } from '../../test/support/scripted-http2.js';
import { HeldAnswers, HOLDS_RETRY_LATER } from './held-answers.hook.js';
import { notesOf } from './request.js';

/** Longer than any test may take: whoever is held so long fails it. */
const FOR_EVER = 3_600_000;

let fastify: FastifyInstance;
afterEach(() => fastify.close());

function serving(held: HeldAnswers): FastifyInstance {
  fastify = Fastify();
  held.install(fastify);
  fastify.post('/notify', { config: HOLDS_RETRY_LATER }, (request, reply) => {
    const { status } = request.body as { status: number };
    reply.status(status).send({ status });
  });
  fastify.post('/other', (_request, reply) => {
    reply.status(503).send({ status: 503 });
  });
  return fastify;
}

const ask = (url: string, status: number) => fastify.inject({ method: 'POST', url, payload: { status } });

describe('answers that ask for a repeat', () => {
  it('are held for a while, and then sent as they are', async () => {
    const held = new HeldAnswers(20);
    serving(held);
    let noted: number | undefined;
    fastify.addHook('onResponse', (request, _reply, done) => {
      noted = notesOf(request).heldMillis;
      done();
    });
    const answer = ask('/notify', 503);
    await until(() => held.size === 1);
    const { statusCode, body } = await answer;
    expect([statusCode, body, held.size]).toEqual([503, '{"status":503}', 0]);
    expect(noted).toBeGreaterThan(0);
  });

  it('are the only ones that are held, on the routes that ask for it', async () => {
    serving(new HeldAnswers(FOR_EVER));
    const answers = await Promise.all([
      ask('/notify', 200),
      ask('/notify', 400),
      ask('/notify', 500),
      ask('/other', 503),
    ]);
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([200, 400, 500, 503]);
  });

  it('are sent at once where too many are held', async () => {
    const held = new HeldAnswers(FOR_EVER, 2);
    serving(held);
    const first = [ask('/notify', 503), ask('/notify', 503)];
    await until(() => held.size === 2);
    expect((await ask('/notify', 503)).statusCode).toBe(503);
    expect(held.size).toBe(2);
    held.releaseAll();
    await Promise.all(first);
  });

  it('are all sent when the service stops, and held no more', async () => {
    const held = new HeldAnswers(FOR_EVER);
    serving(held);
    const answers = [ask('/notify', 503), ask('/notify', 503)];
    await until(() => held.size === 2);
    held.releaseAll();
    expect((await Promise.all(answers)).map(({ statusCode }) => statusCode)).toEqual([503, 503]);
    expect((await ask('/notify', 503)).statusCode).toBe(503);
  });

  it('are given up when their client goes away', async () => {
    const held = new HeldAnswers(FOR_EVER);
    const origin = new URL(await serving(held).listen({ port: 0, host: '127.0.0.1' }));
    const socket = connect(Number(origin.port), origin.hostname);
    const body = '{"status":503}';
    socket.write(
      `POST /notify HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );
    await until(() => held.size === 1);
    socket.destroy();
    await until(() => held.size === 0);
  });
});
