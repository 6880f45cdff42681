import { scopeWithin } from '../scopes.ts';
import { orgIdsOf, sees, type Caller } from '../caller.ts';
import { notFound } from '../errors.ts';
import type { Db } from '../providers/database.ts';

/** A deployment with its environment, among what the caller may see. */
export async function findDeployment(db: Db, caller: Caller, deploymentId: string) {
  const deployment = await db.deployment.findFirst({
    where: { id: deploymentId, orgId: { in: orgIdsOf(caller) } },
    include: { environment: true },
  });
  if (!deployment || !sees(caller, deployment.environment)) throw notFound('deployment');
  return deployment;
}

export function deploymentScope(deployment: Awaited<ReturnType<typeof findDeployment>>) {
  return scopeWithin(deployment.environment, 'deployment', deployment.id, deployment.slot);
}
