import { z } from 'zod';
import { conflict } from '../errors.ts';
import { id, name } from '../inputs.ts';
import { operation } from '../operation.ts';
import { agentScope, findAgent } from './find-agent.ts';

/** Names an agent anew. Nothing that was signed has its name: it is known there by its id. */
export const renameAgent = operation({
  kind: 'change',
  name: 'agent.rename',
  input: z.object({ agentId: id, name: name() }),
  thing: ({ db, caller, input }) => findAgent(db, caller, input.agentId),
  scope: agentScope,
  needs: 'OperateEnvironment',
  async run({ db, input, thing: agent }) {
    const taken = await db.agent.findFirst({
      where: {
        environmentId: agent.environmentId,
        orgId: agent.orgId,
        name: input.name,
        id: { not: agent.id },
      },
      select: { id: true },
    });
    if (taken) {
      throw conflict('agent_name_taken', 'Another agent of this environment has that name.', {
        help: 'Choose another name.',
      });
    }
    await db.agent.update({
      where: { orgId_id: { orgId: agent.orgId, id: agent.id } },
      data: { name: input.name },
    });
    return { name: input.name };
  },
  audit: ({ input, thing }) => ({
    resource: { kind: 'agent', id: thing.id, name: input.name },
    detail: { before: thing.name },
  }),
  events: ({ thing }) => [{ type: 'agent', id: thing.id }],
});
