import { z } from 'zod';
import { environmentScope, findEnvironment } from '../scopes.ts';
import { id } from '../inputs.ts';
import { operation } from '../operation.ts';
import { agentInclude, agentView } from './view.ts';

/** The agents of an environment, decommissioned ones last. */
export const listAgents = operation({
  kind: 'read',
  name: 'agent.list',
  input: z.object({ environmentId: id }),
  thing: ({ db, caller, input }) => findEnvironment(db, caller, input.environmentId),
  scope: environmentScope,
  needs: 'ViewEnvironment',
  async run({ db, thing: environment, now }) {
    const rows = await db.agent.findMany({
      where: { orgId: environment.orgId, environmentId: environment.id },
      orderBy: [{ decommissionedAt: { sort: 'asc', nulls: 'first' } }, { enrolledAt: 'asc' }],
      include: agentInclude,
    });
    return rows.map((row) => agentView(row, now));
  },
});
