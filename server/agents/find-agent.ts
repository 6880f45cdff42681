import { scopeWithin } from '../scopes.ts';
import { orgIdsOf, sees, type Caller } from '../caller.ts';
import { notFound } from '../errors.ts';
import type { Db } from '../providers/database.ts';
import { agentInclude } from './view.ts';

/** An agent with its environment, among what the caller may see. */
export async function findAgent(db: Db, caller: Caller, agentId: string) {
  const agent = await db.agent.findFirst({
    where: { id: agentId, orgId: { in: orgIdsOf(caller) } },
    include: { environment: true, ...agentInclude },
  });
  if (!agent || !sees(caller, agent.environment)) throw notFound('agent');
  return agent;
}

export function agentScope(agent: Awaited<ReturnType<typeof findAgent>>) {
  return scopeWithin(agent.environment, 'agent', agent.id, agent.name);
}
