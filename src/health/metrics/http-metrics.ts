import type { FastifyInstance } from 'fastify';
import { Counter, Histogram, type Registry } from 'prom-client';
import { notesOf } from '../../protocol/request.js';

/** Seconds. A notification may take ten; uploads of large servers more. */
const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** Requests by their route (never their URL, which may carry what its client chose), method and status. */
export function httpMetrics(registry: Registry, fastify: FastifyInstance): void {
  const requests = new Counter({
    name: 'push_bouncer_http_requests_total',
    help: 'Requests that were answered',
    labelNames: ['method', 'route', 'status'],
    registers: [registry],
  });
  const durations = new Histogram({
    name: 'push_bouncer_http_request_duration_seconds',
    help: 'Time from the head of a request to the end of its answer, without that for which it was put off on purpose',
    labelNames: ['route'],
    buckets: BUCKETS,
    registers: [registry],
  });
  fastify.addHook('onResponse', (request, reply, done) => {
    const route = request.routeOptions.url ?? 'unknown';
    requests.inc({ method: request.method, route, status: reply.statusCode });
    // What was put off on purpose says nothing of how busy the service is.
    durations.observe({ route }, (reply.elapsedTime - (notesOf(request).heldMillis ?? 0)) / 1000);
    done();
  });
}
