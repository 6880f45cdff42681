/** Agents prove themselves with their runtime key; a key is worth nothing under another agent's path. */
import { recordAudit } from '../audit/record.ts';
import type { AgentScope } from '../domain/agents/scopes.ts';
import { ByteorError } from '../errors.ts';
import { bearerOf } from '../http/bearer.ts';
import { hashToken } from '../ids/token.ts';
import { id } from '../inputs.ts';
import type { Services } from '../services.ts';

/** The agent whose key this is, whatever it may do with it; 401 where it is nobody's. */
export async function agentOfKey(services: Services, authorization: string | undefined) {
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
  return agent;
}

export type AuthenticatedAgent = Awaited<ReturnType<typeof agentOfKey>>;

/** Passes when the path names the key's own agent and the key has the scope. */
export async function admitAgent(
  services: Services,
  agent: AuthenticatedAgent,
  agentId: string,
  scope: AgentScope,
): Promise<void> {
  if (agent.id !== agentId) {
    await recordAudit(services.database.client, services.clock.now(), {
      orgId: agent.orgId,
      projectId: agent.environment.projectId,
      environmentId: agent.environmentId,
      actor: { kind: 'agent', id: agent.id, name: agent.name },
      action: 'agent.authenticate',
      outcome: 'denied',
      // What stands in the path is anybody's text until it is an id.
      resource: { kind: 'agent', id: id.safeParse(agentId).data ?? null },
      detail: { code: 'runtime_key_other_agent' },
    });
    throw new ByteorError(
      401,
      'runtime_key_other_agent',
      'This runtime key belongs to another agent.',
      { help: 'Each agent uses the key that it was given when it enrolled.' },
    );
  }
  if (!agent.scopes.includes(scope)) {
    throw new ByteorError(403, 'runtime_key_scope', `This runtime key doesn't have ${scope}.`, {
      args: { scope },
    });
  }
}
