/** The HTTP face of one process: health, metrics, tRPC, REST, and the page behind everything else. */
import fastify, {
  LogController,
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  type RouteOptions,
} from 'fastify';
import { fastifyTRPCPlugin, type FastifyTRPCPluginOptions } from '@trpc/server/adapters/fastify';
import { ByteorError, errorBody } from './errors.ts';
import { answerHeaders } from './http/headers.ts';
import { hostAllowed, originAllowed, type HostRules } from './http/origin.ts';
import { mountMetrics } from './metrics/mount.ts';
import { mountPage, type PageHandler } from './http/page.ts';
import { mountWorkersEnd } from './http/worker.ts';
import { uuidv7 } from './ids/uuid.ts';
import { refusalFor } from './http/refusals.ts';
import { MAX_BATCH } from './limits/limits.ts';
import { countedByPeer } from './limits/spend.ts';
import { openStreams } from './live/streams.ts';
import { mountRest } from './rest/mount.ts';
import type { Services } from './services.ts';
import { contextOf } from './trpc/context.ts';
import { appRouter, type AppRouter } from './trpc/router.ts';

/** Largest request body of the API. */
const BODY_LIMIT = 4 * 1024 * 1024;

interface AppOptions {
  services: Services;
  loopbackOnly: boolean;
  /** Only health, readiness and metrics: a worker's listener. */
  healthOnly?: boolean;
  /** Serves everything that no route of ours takes; null in tests. */
  page: ((app: FastifyInstance) => Promise<PageHandler>) | null;
  /** Told of each route: the tests that enumerate routes begin here. */
  onRoute?: (route: RouteOptions) => void;
}

export async function createApp(options: AppOptions): Promise<FastifyInstance> {
  const { services } = options;
  const app = fastify({
    loggerInstance: services.log as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: BODY_LIMIT,
    genReqId: () => uuidv7(),
    routerOptions: { maxParamLength: 4096 },
    forceCloseConnections: true,
    // An address counts as forwarded only when a configured proxy says so.
    trustProxy: services.config.trustedProxies,
    // What is refused before a route is found, and so before the hooks below.
    frameworkErrors: (error, request, reply) => {
      void answerError(services, error, request, reply);
    },
  });
  if (options.onRoute) app.addHook('onRoute', options.onRoute);
  const rules: HostRules = { baseUrl: services.baseUrl, loopbackOnly: options.loopbackOnly };

  app.addHook('onRequest', async (request, reply) => {
    answerHeaders(request, reply);
    if (!hostAllowed(rules, request.headers.host)) {
      throw new ByteorError(
        403,
        'host_not_allowed',
        'This server answers only under its own name.',
        {
          help: `Open ${services.baseUrl}, or set BYTEOR_CLOUD_API_PUBLIC_BASE_URL to the address you use.`,
        },
      );
    }
  });
  app.setErrorHandler((thrown, request, reply) => answerError(services, thrown, request, reply));

  mountMetrics(app, services);
  app.get('/healthz', () => ({ status: 'ok' }));
  app.get('/readyz', { onRequest: countedByPeer(services.limits) }, async (_request, reply) => {
    try {
      await services.database.pool.query('SELECT 1');
      return { status: 'ready' };
    } catch (error) {
      services.log.error({ err: error }, 'not ready: the database does not answer');
      return reply.code(503).send({ status: 'not_ready', reason: 'database' });
    }
  });

  if (options.healthOnly) return app;

  const streams = openStreams();
  app.addHook('preClose', async () => {
    streams.cut();
    services.desiredWaits.cut();
  });
  await app.register(async (scope) => {
    scope.addHook('onRequest', async (request) => {
      if (!originAllowed(rules, request.method, request.headers)) {
        throw new ByteorError(403, 'origin_not_allowed', 'This request came from another site.');
      }
    });
    await scope.register(fastifyTRPCPlugin, {
      prefix: '/trpc',
      trpcOptions: {
        router: appRouter,
        // Reading by POST, for what must not stand in an address.
        allowMethodOverride: true,
        maxBatchSize: MAX_BATCH,
        createContext: (incoming) => contextOf(services, streams, incoming),
        onError: ({ error, path }) => {
          if (error.code === 'INTERNAL_SERVER_ERROR') {
            services.log.error({ err: error.cause ?? error, path }, 'procedure failed');
          }
        },
      } satisfies FastifyTRPCPluginOptions<AppRouter>['trpcOptions'],
    });
  });
  await mountRest(app, services, rules);
  if (!services.config.offlinePages) mountWorkersEnd(app);
  if (options.page) await mountPage(app, await options.page(app));
  return app;
}

/** Every answer that is no success has this body, whatever the route. */
function answerError(
  services: Services,
  thrown: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
) {
  const refusal = refusalFor(thrown);
  if (!refusal || refusal.status >= 500 || refusal.code === 'value_not_storable') {
    services.log.error({ err: thrown, route: request.routeOptions.url }, 'request failed');
  }
  const wait = refusal?.args?.['retryAfterSeconds'];
  if (typeof wait === 'number') reply.header('retry-after', wait);
  return reply.code(refusal?.status ?? 500).send({
    error: refusal
      ? errorBody(refusal)
      : {
          code: 'internal_error',
          message: 'Something went wrong on the server.',
          help: 'Try again; the server log names the cause.',
        },
    request_id: request.id,
  });
}
