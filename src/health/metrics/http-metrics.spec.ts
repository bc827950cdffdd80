import Fastify from 'fastify';
import { Registry } from 'prom-client';
import { expect, it } from 'vitest';
import { notesOf } from '../../protocol/request.js';
import { httpMetrics } from './http-metrics.js';

it('the time of a request is without that for which its answer was put off', async () => {
  const registry = new Registry();
  const fastify = Fastify();
  httpMetrics(registry, fastify);
  // An hour that did not pass: what is taken off shows.
  fastify.get('/held', (request) => {
    notesOf(request).heldMillis = 3_600_000;
    return 'at last';
  });
  fastify.get('/other', () => 'at once');
  for (const url of ['/held', '/other']) expect((await fastify.inject(url)).statusCode).toBe(200);
  await fastify.close();
  const text = await registry.metrics();
  const sum = (route: string) =>
    Number(
      new RegExp(`^push_bouncer_http_request_duration_seconds_sum\\{route="${route}"\\} (.+)$`, 'm').exec(text)?.[1],
    );
  expect(sum('/held')).toBeLessThan(-3_000);
  expect(sum('/other')).toBeGreaterThanOrEqual(0);
});
