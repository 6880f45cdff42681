import { z } from 'zod';
import type { AuditOf } from '../operation.ts';
import { refuseRevocation } from '../domain/approvals/machine.ts';
import { permits } from '../domain/permissions/roles.ts';
import { id, reason } from '../inputs.ts';
import { operation } from '../operation.ts';
import type { Caller } from '../caller.ts';
import type { Db } from '../providers/database.ts';
import { approvalScope, findApproval } from './find-approval.ts';
import { endGrant } from './move.ts';
import { refusedBy } from './refusal-words.ts';
import { revokeGrant } from './revoke.ts';
import { yesesGiven } from './yeses.ts';

/** States of a deployment that was granted and isn't active yet. */
const UNDER_WAY = ['approved', 'building', 'deploying'];

/** What a revocation is judged by. */
export async function revocationFacts(
  db: Db,
  caller: Caller,
  approval: Awaited<ReturnType<typeof findApproval>>,
  now: Date,
) {
  const given = await yesesGiven(db, [approval]);
  const own = given.find((row) => row.userId === caller.user.id);
  const memberships = caller.memberships.get(approval.orgId);
  const { projectId } = approval.environment;
  return {
    own,
    facts: {
      state: approval.state,
      underWay: UNDER_WAY.includes(approval.deployment.state),
      inForce:
        !approval.breakGlass &&
        approval.revokedBy === null &&
        approval.credentialExpiresAt !== null &&
        approval.credentialExpiresAt > now,
      saidYes: own !== undefined || (approval.breakGlass && approval.decidedBy === caller.user.id),
      administers: memberships ? permits(memberships, 'ManageEnvironment', projectId) : false,
    },
  };
}

/**
 * Who said yes takes it back, with a cause: while others still decide it counts no more; once granted
 * the grant ends, and with it every deployment of the identical digest that it was carried on to and
 * isn't active. What is active stays so: its grant is only carried on no further.
 */
export const revokeApproval = operation({
  kind: 'change',
  name: 'approval.revoke_grant',
  input: z.object({ approvalId: id, reason }),
  thing: ({ db, caller, input }) => findApproval(db, caller, input.approvalId),
  scope: approvalScope,
  needs: 'OperateEnvironment',
  recordsRefusals: true,
  async run({ services, db, caller, actor, input, thing: approval, now }) {
    const { facts, own } = await revocationFacts(db, caller, approval, now);
    const refusal = refuseRevocation(facts);
    if (refusal) throw refusedBy(refusal);
    const { orgId } = approval;
    if (approval.state === 'pending') {
      await db.approvalYes.updateMany({
        where: { orgId, id: own?.id ?? '', takenBackAt: null },
        data: { takenBackAt: now, takenBackReason: input.reason },
      });
      return { state: 'pending' as const, revoked: [] };
    }
    const root = approval.carriedFrom ?? approval.id;
    const family = await db.approval.findMany({
      where: {
        orgId,
        OR: [{ id: root }, { carriedFrom: root }],
        state: 'approved',
        deployment: { state: { in: ['approved', 'building', 'deploying'] } },
      },
      include: { deployment: { include: { environment: true } } },
    });
    for (const { deployment } of family) {
      await revokeGrant(
        services,
        db,
        deployment,
        { actor, code: 'approval_revoked', reason: input.reason, revokedBy: caller.user.id },
        now,
      );
    }
    // What it was given for first may be active and stays so; for nothing further is it good.
    await endGrant(db, { orgId, id: root }, { userId: caller.user.id, reason: input.reason }, now);
    const ended = family.some((one) => one.id === approval.id);
    return {
      state: ended ? ('revoked' as const) : ('approved' as const),
      revoked: family.map(({ deploymentId }) => deploymentId),
    };
  },
  audit: ({ answer, input, thing }): AuditOf => ({
    action: answer.state === 'pending' ? 'approval.take_back' : 'approval.revoke_grant',
    detail: {
      deployment_id: thing.deploymentId,
      deployment_digest: thing.digest,
      reason: input.reason,
      deployments: answer.revoked,
    },
  }),
  events: ({ thing }) => [{ type: 'approval', id: thing.id }],
});
