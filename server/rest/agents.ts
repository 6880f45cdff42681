/** The agent protocol, version 1 (docs/spec/agent-protocol.md). */
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { admitAgent, agentOfKey, type AuthenticatedAgent } from '../agents/authenticate.ts';
import { enrollAgent } from '../agents/enroll-agent.ts';
import { enrollBody, heartbeatBody, statusBody, trialReportBody } from '../agents/protocol.ts';
import { readBundle } from '../agents/read-bundle.ts';
import { takeHeartbeat } from '../agents/take-heartbeat.ts';
import { takeStatus } from '../agents/take-status.ts';
import { readTrial, takeTrial } from '../agents/asked-trials.ts';
import type { AgentScope } from '../domain/agents/scopes.ts';
import { digest, id } from '../inputs.ts';
import { countedByPeer, spend } from '../limits/spend.ts';
import type { Services } from '../services.ts';
import {
  desiredAnswer,
  enrollAnswer,
  errorAnswer,
  heartbeatAnswer,
  keySetAnswer,
  statusAnswer,
  trialAnswer,
} from './schemas.ts';

const agentPath = z.object({ agent_id: id });
const partPath = z.object({ agent_id: id, deployment_id: id });
const trialPath = z.object({ agent_id: id, trial_id: id });
const tags = ['Agents'];

declare module 'fastify' {
  interface FastifyRequest {
    agent: AuthenticatedAgent | null;
  }
}

/** The agent that `authenticated` found. */
function agentOf(request: FastifyRequest): AuthenticatedAgent {
  if (!request.agent) throw new Error('the route does not authenticate its agent');
  return request.agent;
}

export function agentRoutes(services: Services): FastifyPluginAsyncZod {
  /** Before the body is looked at: who has no key learns nothing about forms. */
  const authenticated =
    (scope: AgentScope) => async (request: FastifyRequest, reply: FastifyReply) => {
      const { agent_id } = request.params as { agent_id: string };
      const agent = await agentOfKey(services, request.headers.authorization);
      // Before it is admitted: knocking at others' doors costs as well.
      spend(services.limits, reply, 'agent', agent.id);
      await admitAgent(services, agent, agent_id, scope);
      request.agent = agent;
    };

  return async (app) => {
    app.decorateRequest('agent', null);
    app.post(
      '/orgs/:org_id/projects/:project_id/environments/:environment_id/agents',
      {
        onRequest: countedByPeer(services.limits, 'enroll'),
        schema: {
          tags,
          summary: 'Enroll an agent with a single-use token',
          security: [{ enrollment_token: [] }],
          params: z.object({ org_id: id, project_id: id, environment_id: id }),
          body: enrollBody,
          response: { 201: enrollAnswer, 401: errorAnswer, 403: errorAnswer, 429: errorAnswer },
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
        preValidation: authenticated('agent:heartbeat'),
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
        const agent = agentOf(request);
        return takeHeartbeat(services, agent, request.body);
      },
    );

    app.get(
      '/agents/:agent_id/desired',
      {
        preValidation: authenticated('agent:heartbeat'),
        schema: {
          tags,
          summary: 'Wait until something else is desired, for some seconds',
          security: [{ runtime_key: [] }],
          params: agentPath,
          querystring: z.object({ unlike: digest }),
          response: { 200: desiredAnswer, 401: errorAnswer, 403: errorAnswer, 429: errorAnswer },
        },
      },
      async (request, reply) => {
        const gone = new AbortController();
        reply.raw.once('close', () => gone.abort());
        const { id, orgId, environmentId } = agentOf(request);
        const { unlike } = request.query;
        const agent = { id, orgId, environmentId };
        const changed = await services.desiredWaits.hold(agent, unlike, gone.signal);
        return { changed };
      },
    );

    app.post(
      '/agents/:agent_id/deployments/:deployment_id/status',
      {
        preValidation: authenticated('agent:status_report'),
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
        const { deployment_id } = request.params;
        const agent = agentOf(request);
        return takeStatus(services, agent, deployment_id, request.body);
      },
    );

    app.get(
      '/agents/:agent_id/deployments/:deployment_id/bundle',
      {
        preValidation: authenticated('agent:bundle_read'),
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
        const { deployment_id } = request.params;
        const agent = agentOf(request);
        const bundle = await readBundle(services, agent, deployment_id);
        return reply
          .type('application/x-tar')
          .header('cache-control', 'no-store')
          .header('x-bundle-hash', bundle.hash)
          .send(Buffer.from(bundle.bytes));
      },
    );

    app.get(
      '/agents/:agent_id/connection-trials/:trial_id',
      {
        preValidation: authenticated('agent:bundle_read'),
        schema: {
          tags,
          summary: 'Fetch a signed request to try connections',
          description: 'A DSSE envelope, byte for byte as it was signed.',
          security: [{ runtime_key: [] }],
          params: trialPath,
          produces: ['application/json'],
        },
      },
      async (request, reply) => {
        const envelope = await readTrial(services, agentOf(request), request.params.trial_id);
        return reply
          .type('application/json')
          .header('cache-control', 'no-store')
          .send(Buffer.from(envelope));
      },
    );

    app.post(
      '/agents/:agent_id/connection-trials/:trial_id',
      {
        preValidation: authenticated('agent:status_report'),
        schema: {
          tags,
          summary: 'Tell what came of trying connections',
          security: [{ runtime_key: [] }],
          params: trialPath,
          body: trialReportBody,
          response: { 200: trialAnswer, 401: errorAnswer, 403: errorAnswer, 404: errorAnswer },
        },
      },
      async (request) =>
        takeTrial(services, agentOf(request), request.params.trial_id, request.body),
    );

    app.get(
      '/agents/:agent_id/signing-keys',
      {
        preValidation: authenticated('agent:signing_keys_read'),
        schema: {
          tags,
          summary: "The organization's public keys",
          security: [{ runtime_key: [] }],
          params: agentPath,
          response: { 200: keySetAnswer, 401: errorAnswer, 403: errorAnswer },
        },
      },
      async (request) => {
        const agent = agentOf(request);
        return services.signer.keySet(services.database.client, agent.orgId);
      },
    );
  };
}
