import { scopeWithin } from '../scopes.ts';
import { orgIdsOf, sees, type Caller } from '../caller.ts';
import { notFound } from '../errors.ts';
import type { Db } from '../providers/database.ts';

/** An approval with its deployment and environment, among what the caller may see. */
export async function findApproval(db: Db, caller: Caller, approvalId: string) {
  const approval = await db.approval.findFirst({
    where: { id: approvalId, orgId: { in: orgIdsOf(caller) } },
    include: {
      environment: true,
      deployment: {
        include: {
          environment: true,
          version: true,
          bundle: true,
          agents: { include: { agent: true }, orderBy: { agentId: 'asc' } },
        },
      },
    },
  });
  if (!approval || !sees(caller, approval.environment)) throw notFound('approval');
  return approval;
}

export function approvalScope(approval: Awaited<ReturnType<typeof findApproval>>) {
  return scopeWithin(approval.environment, 'approval', approval.id, approval.deployment.slot);
}
