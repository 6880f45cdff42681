/** The agent protocol, version 1 (docs/spec/agent-protocol.md). */
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { authenticateAgent } from '../agents/authenticate.ts';
import { enrollAgent } from '../agents/enroll-agent.ts';
import { enrollBody, heartbeatBody, statusBody } from '../agents/protocol.ts';
import { readBundle } from '../agents/read-bundle.ts';
import { takeHeartbeat } from '../agents/take-heartbeat.ts';
import { takeStatus } from '../agents/take-status.ts';
import type { Services } from '../services.ts';
import {
  enrollAnswer,
  errorAnswer,
  heartbeatAnswer,
  keySetAnswer,
  statusAnswer,
} from './schemas.ts';

const pathId = z.string().max(64);
const agentPath = z.object({ agent_id: pathId });
const partPath = z.object({ agent_id: pathId, deployment_id: pathId });
const tags = ['Agents'];

export function agentRoutes(services: Services): FastifyPluginAsyncZod {
  return async (app) => {
    app.post(
      '/orgs/:org_id/projects/:project_id/environments/:environment_id/agents',
      {
        schema: {
          tags,
          summary: 'Enroll an agent with a single-use token',
          security: [{ enrollment_token: [] }],
          params: z.object({ org_id: pathId, project_id: pathId, environment_id: pathId }),
          body: enrollBody,
          response: { 201: enrollAnswer, 401: errorAnswer, 403: errorAnswer },
        },
      },
      async (request, reply) => {
        const { org_id, project_id, environment_id } = request.params;
        const answer = await enrollAgent(
          services,
          request.headers.authorization,
          { orgId: org_id, projectId: project_id, environmentId: environment_id },
          request.body,
        );
        return reply.code(201).send(answer);
      },
    );

    app.post(
      '/agents/:agent_id/heartbeat',
      {
        schema: {
          tags,
          summary: 'Report what runs, and learn what should',
          security: [{ runtime_key: [] }],
          params: agentPath,
          body: heartbeatBody,
          response: { 200: heartbeatAnswer, 401: errorAnswer, 403: errorAnswer },
        },
      },
      async (request) => {
        const { authorization } = request.headers;
        const agent = await authenticateAgent(
          services,
          authorization,
          request.params.agent_id,
          'agent:heartbeat',
        );
        return takeHeartbeat(services, agent, request.body);
      },
    );

    app.post(
      '/agents/:agent_id/deployments/:deployment_id/status',
      {
        schema: {
          tags,
          summary: 'Tell how an attempt ended',
          security: [{ runtime_key: [] }],
          params: partPath,
          body: statusBody,
          response: { 200: statusAnswer, 401: errorAnswer, 403: errorAnswer, 404: errorAnswer },
        },
      },
      async (request) => {
        const { agent_id, deployment_id } = request.params;
        const { authorization } = request.headers;
        const agent = await authenticateAgent(
          services,
          authorization,
          agent_id,
          'agent:status_report',
        );
        return takeStatus(services, agent, deployment_id, request.body);
      },
    );

    app.get(
      '/agents/:agent_id/deployments/:deployment_id/bundle',
      {
        schema: {
          tags,
          summary: 'Fetch a signed deploy bundle',
          description: 'An uncompressed tar; its SHA-256 is the bundle hash of the heartbeat.',
          security: [{ runtime_key: [] }],
          params: partPath,
          produces: ['application/x-tar'],
        },
      },
      async (request, reply) => {
        const { agent_id, deployment_id } = request.params;
        const { authorization } = request.headers;
        const agent = await authenticateAgent(
          services,
          authorization,
          agent_id,
          'agent:bundle_read',
        );
        const bundle = await readBundle(services, agent, deployment_id);
        return reply
          .type('application/x-tar')
          .header('content-length', bundle.size)
          .header('cache-control', 'no-store')
          .header('x-bundle-hash', bundle.hash)
          .send(bundle.body);
      },
    );

    app.get(
      '/agents/:agent_id/signing-keys',
      {
        schema: {
          tags,
          summary: "The organization's public keys",
          security: [{ runtime_key: [] }],
          params: agentPath,
          response: { 200: keySetAnswer, 401: errorAnswer, 403: errorAnswer },
        },
      },
      async (request) => {
        const { authorization } = request.headers;
        const agent = await authenticateAgent(
          services,
          authorization,
          request.params.agent_id,
          'agent:signing_keys_read',
        );
        return services.signer.keySet(services.database.client, agent.orgId);
      },
    );
  };
}
