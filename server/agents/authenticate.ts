/** Agents prove themselves with their runtime key; a key is worth nothing under another agent's path. */
import { hashToken } from '../ids/token.ts';
import type { AgentScope } from '../domain/agents/scopes.ts';
import { recordAudit } from '../audit/record.ts';
import { ByteorError } from '../errors.ts';
import { bearerOf } from '../http/bearer.ts';
import type { Services } from '../services.ts';

export async function authenticateAgent(
  services: Services,
  authorization: string | undefined,
  agentId: string,
  scope: AgentScope,
) {
  const key = bearerOf(authorization);
  const agent = key
    ? await services.database.client.agent.findUnique({
        where: { runtimeKeyHash: hashToken(key) },
        include: { environment: true },
      })
    : null;
  if (!agent || agent.decommissionedAt) {
    throw new ByteorError(
      401,
      'runtime_key_unknown',
      key ? 'This runtime key is not known here.' : 'A runtime key is needed.',
      { help: 'The agent was decommissioned or belongs elsewhere: enroll it again.' },
    );
  }
  if (agent.id !== agentId) {
    await recordAudit(services.database.client, services.clock.now(), {
      orgId: agent.orgId,
      projectId: agent.environment.projectId,
      environmentId: agent.environmentId,
      actor: { kind: 'agent', id: agent.id, name: agent.name },
      action: 'agent.authenticate',
      outcome: 'denied',
      resource: { kind: 'agent', id: agentId },
      detail: { code: 'runtime_key_other_agent' },
    });
    throw new ByteorError(
      403,
      'runtime_key_other_agent',
      'This runtime key belongs to another agent.',
      {
        help: 'Each agent uses the key that it was given when it enrolled.',
      },
    );
  }
  if (!agent.scopes.includes(scope)) {
    throw new ByteorError(403, 'runtime_key_scope', `This runtime key doesn't have ${scope}.`, {
      args: { scope },
    });
  }
  return agent;
}

export type AuthenticatedAgent = Awaited<ReturnType<typeof authenticateAgent>>;
