import { z } from 'zod';
import { recordAudit } from '../audit/record.ts';
import { authorize, scopeWithin, userActor } from '../authorize.ts';
import type { Caller } from '../caller.ts';
import { id } from '../inputs.ts';
import type { Services } from '../services.ts';
import { findAgent } from './find-agent.ts';

export const decommissionAgentInput = z.object({ agentId: id });

/** Takes the runtime key's power away, for good. What the agent runs goes on until its host stops it. */
export async function decommissionAgent(
  services: Services,
  caller: Caller,
  input: z.infer<typeof decommissionAgentInput>,
) {
  const { database, clock, live } = services;
  const agent = await findAgent(database.client, caller, input.agentId);
  const scope = scopeWithin(agent.environment, 'agent', agent.id, agent.name);
  await authorize(services, caller, 'OperateEnvironment', scope, 'agent.decommission');
  const now = clock.now();
  await database.transact(async (db) => {
    await db.agent.updateMany({
      where: { id: agent.id, orgId: agent.orgId, decommissionedAt: null },
      data: { decommissionedAt: now },
    });
    await recordAudit(db, now, {
      orgId: agent.orgId,
      projectId: agent.environment.projectId,
      environmentId: agent.environmentId,
      actor: userActor(caller),
      action: 'agent.decommission',
      outcome: 'succeeded',
      resource: { kind: 'agent', id: agent.id, name: agent.name },
    });
    await live.publish(
      db,
      { type: 'agent', id: agent.id, orgId: agent.orgId, environmentId: agent.environmentId },
      now,
    );
  });
  return {};
}
