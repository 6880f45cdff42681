import { z } from 'zod';
import { authorize, scopeWithin } from '../authorize.ts';
import type { Caller } from '../caller.ts';
import { id } from '../inputs.ts';
import type { Services } from '../services.ts';
import { findAgent } from './find-agent.ts';
import { agentView } from './view.ts';

export const getAgentInput = z.object({ agentId: id });

export async function getAgent(
  services: Services,
  caller: Caller,
  input: z.infer<typeof getAgentInput>,
) {
  const agent = await findAgent(services.database.client, caller, input.agentId);
  const scope = scopeWithin(agent.environment, 'agent', agent.id, agent.name);
  await authorize(services, caller, 'ViewEnvironment', scope, 'agent.get');
  return agentView(agent, services.clock.now());
}
