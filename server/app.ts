/** The HTTP face of one process: health, metrics, tRPC, REST, and the page behind everything else. */
import fastify, { LogController, type FastifyBaseLogger, type FastifyInstance } from 'fastify';
import { fastifyTRPCPlugin, type FastifyTRPCPluginOptions } from '@trpc/server/adapters/fastify';
import type { ServerResponse } from 'node:http';
import { ByteorError, errorBody } from './errors.ts';
import { toHeaders } from './http/headers.ts';
import { hostAllowed, originAllowed, type HostRules } from './http/origin.ts';
import { mountMetrics } from './http/metrics.ts';
import { mountPage, type PageHandler } from './http/page.ts';
import { uuidv7 } from './ids/uuid.ts';
import { mountRest, validationError } from './rest/mount.ts';
import type { Services } from './services.ts';
import { appRouter, type AppRouter } from './trpc/router.ts';

/** Largest request body of the API. */
export const BODY_LIMIT = 4 * 1024 * 1024;

export interface AppOptions {
  services: Services;
  loopbackOnly: boolean;
  /** Only health, readiness and metrics: a worker's listener. */
  healthOnly?: boolean;
  /** Serves everything that no route of ours takes; null in tests. */
  page: ((app: FastifyInstance) => Promise<PageHandler>) | null;
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
  });
  const rules: HostRules = { baseUrl: services.baseUrl, loopbackOnly: options.loopbackOnly };

  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-content-type-options', 'nosniff');
    reply.header('x-frame-options', 'DENY');
    reply.header('referrer-policy', 'no-referrer');
    reply.header('cross-origin-opener-policy', 'same-origin');
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
  app.setErrorHandler((thrown, request, reply) => {
    const error = validationError(thrown) ?? thrown;
    if (error instanceof ByteorError) {
      return reply.code(error.status).send({ error: errorBody(error), request_id: request.id });
    }
    const status = (error as { statusCode?: number }).statusCode ?? 500;
    if (status >= 500) request.log.error({ err: error }, 'request failed');
    return reply.code(status).send({
      error:
        status >= 500
          ? {
              code: 'internal_error',
              message: 'Something went wrong on the server.',
              help: 'Try again; the server log names the cause.',
            }
          : {
              code: (error as { code?: string }).code?.toLowerCase() ?? 'request_invalid',
              message: error instanceof Error ? error.message : 'The request is not valid.',
            },
      request_id: request.id,
    });
  });

  mountMetrics(app, services);
  app.get('/healthz', () => ({ status: 'ok' }));
  app.get('/readyz', async (_request, reply) => {
    try {
      await services.database.pool.query('SELECT 1');
      return { status: 'ready' };
    } catch (error) {
      services.log.error({ err: error }, 'not ready: the database does not answer');
      return reply.code(503).send({ status: 'not_ready', reason: 'database' });
    }
  });

  if (options.healthOnly) return app;

  const streams = new Set<ServerResponse>();
  // Finished generators would leave clients idle for ever; cut streams make them come back.
  app.addHook('preClose', async () => {
    for (const stream of streams) stream.destroy();
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
        createContext: async ({ req, res, info }) => {
          if (info.type === 'subscription') {
            streams.add(res.raw);
            res.raw.once('close', () => streams.delete(res.raw));
          }
          const headers = toHeaders(req.headers, req.ip);
          return {
            services,
            headers,
            user: await services.identity.userOf(headers),
            setCookies: (cookies) => {
              for (const cookie of cookies) res.header('set-cookie', cookie);
            },
          };
        },
        onError: ({ error, path }) => {
          if (error.code === 'INTERNAL_SERVER_ERROR') {
            services.log.error({ err: error.cause ?? error, path }, 'procedure failed');
          }
        },
      } satisfies FastifyTRPCPluginOptions<AppRouter>['trpcOptions'],
    });
  });
  await mountRest(app, services, rules);
  if (options.page) await mountPage(app, await options.page(app));
  return app;
}
