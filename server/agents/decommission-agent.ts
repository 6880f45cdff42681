import { z } from 'zod';
import { id } from '../inputs.ts';
import { operation } from '../operation.ts';
import { agentScope, findAgent } from './find-agent.ts';

/** Takes the runtime key's power away, for good. What the agent runs goes on until its host stops it. */
export const decommissionAgent = operation({
  kind: 'change',
  name: 'agent.decommission',
  input: z.object({ agentId: id }),
  thing: ({ db, caller, input }) => findAgent(db, caller, input.agentId),
  scope: agentScope,
  needs: 'OperateEnvironment',
  async run({ db, thing: agent, now }) {
    await db.agent.updateMany({
      where: { id: agent.id, orgId: agent.orgId, decommissionedAt: null },
      data: { decommissionedAt: now },
    });
    return {};
  },
  audit: () => ({}),
  events: ({ thing }) => [{ type: 'agent', id: thing.id }],
});
