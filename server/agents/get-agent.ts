import { z } from 'zod';
import { id } from '../inputs.ts';
import { operation } from '../operation.ts';
import { agentScope, findAgent } from './find-agent.ts';
import { agentView } from './view.ts';

/** One agent, and what it should run. */
export const getAgent = operation({
  kind: 'read',
  name: 'agent.get',
  input: z.object({ agentId: id }),
  thing: ({ db, caller, input }) => findAgent(db, caller, input.agentId),
  scope: agentScope,
  needs: 'ViewEnvironment',
  run: ({ thing, now }) => Promise.resolve(agentView(thing, now)),
});
