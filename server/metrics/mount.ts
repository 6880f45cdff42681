/** Prometheus text under /metrics: requests by route, refusals by kind, job states, health. */
import type { FastifyInstance } from 'fastify';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { countedByPeer } from '../limits/spend.ts';
import type { Services } from '../services.ts';
import { mountHealthMetrics } from './health.ts';

export function mountMetrics(app: FastifyInstance, services: Services): void {
  const registry = new Registry();
  const requests = new Histogram({
    name: 'byteor_http_request_seconds',
    help: 'Duration of requests by route and status',
    labelNames: ['method', 'route', 'status'] as const,
    buckets: [0.005, 0.02, 0.1, 0.5, 2, 10],
    registers: [registry],
  });
  const refusals = new Counter({
    name: 'byteor_http_refusals_total',
    help: 'Requests refused: unauthorized (401), forbidden (403), rate_limited (429)',
    labelNames: ['kind'] as const,
    registers: [registry],
  });
  new Gauge({
    name: 'byteor_jobs',
    help: 'Jobs by queue and state',
    labelNames: ['queue', 'state'] as const,
    registers: [registry],
    async collect() {
      this.reset();
      for (const { name, state, count } of await services.jobs.counts()) {
        this.set({ queue: name, state }, count);
      }
    },
  });
  const readHealth = mountHealthMetrics(registry, services);
  const kinds: Record<number, string> = {
    401: 'unauthorized',
    403: 'forbidden',
    429: 'rate_limited',
  };
  app.addHook('onResponse', async (request, reply) => {
    requests.observe(
      {
        method: request.method,
        route: request.routeOptions.url ?? 'none',
        status: String(reply.statusCode),
      },
      reply.elapsedTime / 1000,
    );
    const kind = kinds[reply.statusCode];
    if (kind) refusals.inc({ kind });
  });
  app.get('/metrics', { onRequest: countedByPeer(services.limits) }, async (_request, reply) => {
    await readHealth();
    return reply.type(registry.contentType).send(await registry.metrics());
  });
}
