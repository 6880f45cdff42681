/** REST under /api/v1 and, equally, /v1, with its OpenAPI document. */
import swagger from '@fastify/swagger';
import type { FastifyBodyParser, FastifyInstance } from 'fastify';
import {
  jsonSchemaTransform,
  serializerCompiler,
  validatorCompiler,
} from 'fastify-type-provider-zod';
import { ByteorError } from '../errors.ts';
import type { HostRules } from '../http/origin.ts';
import { countedByPeer } from '../limits/spend.ts';
import type { Services } from '../services.ts';
import { agentRoutes } from './agents.ts';
import { orgRoutes } from './orgs.ts';

const API_PREFIXES = ['/api/v1', '/v1'] as const;

export async function mountRest(
  app: FastifyInstance,
  services: Services,
  rules: HostRules,
): Promise<void> {
  for (const prefix of API_PREFIXES) {
    await app.register(
      async (scope) => {
        scope.setValidatorCompiler(validatorCompiler);
        scope.setSerializerCompiler(serializerCompiler);
        if (prefix === '/api/v1') {
          await scope.register(swagger, {
            openapi: {
              openapi: '3.1.0',
              info: { title: 'ByteOr control plane', version: '1' },
              servers: [{ url: services.baseUrl }],
              components: {
                securitySchemes: {
                  session: { type: 'http', scheme: 'bearer' },
                  enrollment_token: { type: 'http', scheme: 'bearer' },
                  runtime_key: { type: 'http', scheme: 'bearer' },
                },
              },
            },
            transform: jsonSchemaTransform,
          });
          scope.get('/openapi.json', { schema: { hide: true } }, () => scope.swagger());
        }
        scope.addHook('onRequest', countedByPeer(services.limits));
        scope.removeContentTypeParser('application/json');
        scope.addContentTypeParser<string>(
          'application/json',
          { parseAs: 'string' },
          emptyOrJson(scope),
        );
        await scope.register(agentRoutes(services));
        await scope.register(orgRoutes(services, rules));
        // A route of its own, because everything unknown above this prefix is the page's.
        scope.all('/*', { schema: { hide: true } }, () => {
          throw new ByteorError(404, 'route_not_found', 'There is no such route.', {
            help: 'See /api/v1/openapi.json.',
          });
        });
      },
      { prefix },
    );
  }
}

/** Fastify's own reader, but that an empty body is none: what may be left out may be left out whole. */
function emptyOrJson(app: FastifyInstance): FastifyBodyParser<string> {
  const json = app.getDefaultJsonParser('error', 'error');
  return (request, body, done) => {
    if (body.trim() === '') done(null, undefined);
    else void json(request, body, done);
  };
}
