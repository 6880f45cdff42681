import { z } from 'zod';
import { authorize, environmentScope, findEnvironment } from '../authorize.ts';
import type { Caller } from '../caller.ts';
import { id } from '../inputs.ts';
import type { Services } from '../services.ts';
import { agentInclude, agentView } from './view.ts';

export const listAgentsInput = z.object({ environmentId: id });

/** The agents of an environment, decommissioned ones last. */
export async function listAgents(
  services: Services,
  caller: Caller,
  input: z.infer<typeof listAgentsInput>,
) {
  const db = services.database.client;
  const environment = await findEnvironment(db, caller, input.environmentId);
  await authorize(services, caller, 'ViewEnvironment', environmentScope(environment), 'agent.list');
  const rows = await db.agent.findMany({
    where: { orgId: environment.orgId, environmentId: environment.id },
    orderBy: [{ decommissionedAt: { sort: 'asc', nulls: 'first' } }, { enrolledAt: 'asc' }],
    include: agentInclude,
  });
  return rows.map((row) => agentView(row, services.clock.now()));
}
