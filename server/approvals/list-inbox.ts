import { orgIdsOf, type Caller } from '../caller.ts';
import type { ApprovalState } from '../domain/approvals/machine.ts';
import { permits } from '../domain/permissions/roles.ts';
import { namesOf } from '../members/names.ts';
import type { Services } from '../services.ts';

const DECIDED_SHOWN = 50;

/** Approvals that wait for a person, oldest first, then the last decided ones. */
export async function listInbox(services: Services, caller: Caller) {
  const db = services.database.client;
  const include = {
    environment: {
      select: { id: true, name: true, posture: true, projectId: true, selfApproval: true },
    },
    deployment: {
      select: {
        slot: true,
        comment: true,
        state: true,
        version: { select: { id: true, number: true, name: true } },
        agents: { select: { agent: { select: { id: true, name: true } } } },
      },
    },
  } as const;
  const orgId = { in: orgIdsOf(caller) };
  const pending = await db.approval.findMany({
    where: { orgId, state: 'pending', mode: 'person' },
    orderBy: { requestedAt: 'asc' },
    include,
  });
  const decided = await db.approval.findMany({
    where: { orgId, state: { not: 'pending' }, mode: 'person' },
    orderBy: { decidedAt: { sort: 'desc', nulls: 'last' } },
    take: DECIDED_SHOWN,
    include,
  });
  const visible = [...pending, ...decided].filter((row) => {
    const memberships = caller.memberships.get(row.orgId);
    return memberships && permits(memberships, 'ViewEnvironment', row.environment.projectId);
  });
  const names = await namesOf(
    db,
    visible.map((row) => row.requestedBy),
  );
  const now = services.clock.now();
  return visible.map((row) => {
    const memberships = caller.memberships.get(row.orgId);
    const operates = memberships
      ? permits(memberships, 'OperateEnvironment', row.environment.projectId)
      : false;
    const own = row.requestedBy === caller.user.id;
    return {
      id: row.id,
      state: row.state as ApprovalState,
      deploymentId: row.deploymentId,
      deploymentState: row.deployment.state,
      environment: {
        id: row.environment.id,
        name: row.environment.name,
        posture: row.environment.posture as 'dev' | 'staging' | 'prod',
      },
      slot: row.deployment.slot,
      version: row.deployment.version,
      agents: row.deployment.agents.map((one) => one.agent),
      comment: row.deployment.comment,
      capabilities: row.capabilities,
      requestedBy: names(row.requestedBy),
      requestedAt: row.requestedAt.toISOString(),
      expiresAt: row.expiresAt.toISOString(),
      decidedByName: row.decidedByName,
      decidedAt: row.decidedAt?.toISOString() ?? null,
      selfApproved: row.selfApproved,
      own,
      mayDecide: operates && row.state === 'pending' && row.expiresAt > now,
      mayApprove:
        operates &&
        row.state === 'pending' &&
        row.expiresAt > now &&
        (!own || row.environment.selfApproval),
    };
  });
}
