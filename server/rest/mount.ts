/** REST under /api/v1 and, equally, /v1, with its OpenAPI document. */
import swagger from '@fastify/swagger';
import type { FastifyInstance } from 'fastify';
import {
  hasZodFastifySchemaValidationErrors,
  jsonSchemaTransform,
  serializerCompiler,
  validatorCompiler,
} from 'fastify-type-provider-zod';
import { ByteorError } from '../errors.ts';
import type { HostRules } from '../http/origin.ts';
import type { Services } from '../services.ts';
import { agentRoutes } from './agents.ts';
import { orgRoutes } from './orgs.ts';
import { limitRequests } from './rate-limit.ts';

export const API_PREFIXES = ['/api/v1', '/v1'] as const;

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
        limitRequests(scope, services.clock);
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

/** The first problem of a body that doesn't fit its schema, in our error's form. */
export function validationError(error: unknown): ByteorError | null {
  if (!hasZodFastifySchemaValidationErrors(error)) return null;
  const issues = error.validation.map((issue) => ({
    path: issue.instancePath.replace(/^\//, '').replaceAll('/', '.'),
    message: issue.message ?? 'is not valid',
  }));
  const first = issues[0];
  return new ByteorError(
    400,
    'input_invalid',
    first ? `${first.path || 'body'}: ${first.message}` : 'The request is not valid.',
    { args: { issues } },
  );
}
