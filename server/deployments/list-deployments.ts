import { z } from 'zod';
import { authorize, environmentScope, findEnvironment } from '../authorize.ts';
import type { Caller } from '../caller.ts';
import { id } from '../inputs.ts';
import { namesOf } from '../members/names.ts';
import type { Services } from '../services.ts';
import { deploymentListView, listInclude } from './view.ts';

export const listDeploymentsInput = z.object({ environmentId: id });

const SHOWN = 200;

/** The deployments of an environment, newest first. */
export async function listDeployments(
  services: Services,
  caller: Caller,
  input: z.infer<typeof listDeploymentsInput>,
) {
  const db = services.database.client;
  const environment = await findEnvironment(db, caller, input.environmentId);
  await authorize(
    services,
    caller,
    'ViewEnvironment',
    environmentScope(environment),
    'deployment.list',
  );
  const rows = await db.deployment.findMany({
    where: { orgId: environment.orgId, environmentId: environment.id },
    orderBy: { createdAt: 'desc' },
    take: SHOWN,
    include: listInclude,
  });
  const names = await namesOf(
    db,
    rows.map((row) => row.requestedBy),
  );
  return rows.map((row) => deploymentListView(row, names));
}
