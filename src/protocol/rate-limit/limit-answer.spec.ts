import Fastify from 'fastify';
import { expect, it } from 'vitest';
import { type LimitAnswer, limitAnswer, limited, sendLimited, waitSeconds } from './limit-answer.js';

it.each([0.001, 0.5, 1, 57.432, 60])('a refusal of %s s is sent as its error says it', async (seconds) => {
  const fastify = Fastify();
  const answer: LimitAnswer = { limit: '5', remaining: '0', reset: '60' };
  fastify.get('/', (_request, reply) => sendLimited(reply, answer, seconds));
  const { statusCode, body, headers } = await fastify.inject('/');
  const error = limited(seconds);
  expect([statusCode, body]).toEqual([error.status, JSON.stringify(error.toBody())]);
  expect(headers['retry-after']).toBe(error.headers['Retry-After']);
  await fastify.close();
});

it('says when the limit is free again where it refuses, and only there', () => {
  const record = { totalHits: 5, timeToExpire: 59_000.2, timeToBlockExpire: 1_500, isBlocked: true };
  expect(limitAnswer(record, 5, 1_000)).toEqual({ limit: '5', remaining: '0', reset: '61', freeAt: 2_500 });
  const free = { ...record, totalHits: 3, isBlocked: false };
  expect(limitAnswer(free, 5, 1_000)).toEqual({ limit: '5', remaining: '2', reset: '61' });
});

it('tells to wait whole milliseconds, never too few', () => {
  expect([waitSeconds(2_500, 1_000), waitSeconds(1_000.2, 1_000)]).toEqual([1.5, 0.001]);
});
