/** Which requests wait for somebody: the inbox and its count judge them by the same rule. */
import type { Caller } from '../caller.ts';
import { refuseDecision } from '../domain/approvals/machine.ts';
import { permits } from '../domain/permissions/roles.ts';
import type { Prisma } from '../db/generated/client.ts';
import { versionColumns } from '../lineage.ts';
import type { Db } from '../providers/database.ts';
import type { Services } from '../services.ts';
import { decisionsFacts } from './decision-facts.ts';

const writtenBy = { createdBy: true, updatedBy: true, writers: true } as const;

/** As much of an approval as the list shows, and a decision is judged by. */
export const inboxParts = {
  environment: {
    select: { id: true, name: true, posture: true, projectId: true, breakGlassAllowedBy: true },
  },
  deployment: {
    include: {
      version: true,
      bundle: { select: writtenBy },
      agents: { select: { agentId: true, agent: { select: { id: true, name: true } } } },
    },
  },
} as const satisfies Prisma.ApprovalInclude;

/** The same without what only a list shows. */
export const judgedParts = {
  environment: { select: { projectId: true, posture: true, breakGlassAllowedBy: true } },
  deployment: {
    select: {
      statementText: true,
      version: { select: versionColumns },
      bundle: { select: writtenBy },
    },
  },
} as const satisfies Prisma.ApprovalInclude;

type Judged = Prisma.ApprovalGetPayload<{ include: typeof judgedParts }>;

/** Why the caller can't approve each of them, as the decision itself would find; null where they can. */
export async function refusalsFor(
  services: Pick<Services, 'compiler'>,
  db: Db,
  caller: Caller,
  approvals: readonly Judged[],
  now: Date,
) {
  const factsOf = await decisionsFacts(services, db, caller, approvals, now);
  return (approval: Judged) => {
    const memberships = caller.memberships.get(approval.orgId);
    const { projectId } = approval.environment;
    if (!memberships || !permits(memberships, 'OperateEnvironment', projectId))
      return 'permission_denied' as const;
    if (approval.state !== 'pending') return 'approval_not_pending' as const;
    const { digest } = approval;
    return refuseDecision({
      ...factsOf(approval).facts,
      decision: 'approve',
      digest,
      seenDigest: digest,
    });
  };
}
