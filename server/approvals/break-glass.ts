import { z } from 'zod';
import type { ApproverRole } from '../domain/approvals/rules.ts';
import { reason } from '../inputs.ts';
import { operation } from '../operation.ts';
import { refuseUnlessDecidable, whatWasRead } from './decidable.ts';
import { approvalScope, findApproval } from './find-approval.ts';
import { grantApproval } from './grant.ts';
import { decidedIn, recordedPerson } from './persons.ts';

/**
 * One person decides alone, because the request's statement allowed it beforehand, and says why. The
 * credential is that person's and says so; the mark stays for ever, and a second person reviews it.
 */
export const breakGlass = operation({
  kind: 'change',
  name: 'approval.break_glass',
  input: z.object({ ...whatWasRead, reason }),
  thing: ({ db, caller, input }) => findApproval(db, caller, input.approvalId),
  scope: approvalScope,
  needs: 'OperateEnvironment',
  recordsRefusals: true,
  async run({ services, db, caller, actor, input, thing: approval, now, afterCommit }) {
    const { facts } = await refuseUnlessDecidable('break_glass', {
      services,
      db,
      caller,
      approval,
      input,
      now,
    });
    await grantApproval(
      services,
      db,
      {
        environment: approval.environment,
        approval,
        actor,
        issuedBy: `user:${caller.user.id}`,
        comment: input.reason,
        requester: facts.requester,
        yeses: [
          {
            presence: facts.reviewer,
            userName: actor.name,
            // Whoever may not operate was refused.
            role: facts.role as ApproverRole,
            at: now,
            comment: input.reason,
          },
        ],
        breakGlass: { reason: input.reason },
        columns: decidedIn(caller.user),
      },
      now,
    );
    afterCommit(() => services.jobs.wake('deploy_bundle_build'));
    return { state: 'approved' as const, deploymentId: approval.deploymentId };
  },
  audit: ({ caller, input, thing }) => ({
    outcome: 'allowed',
    detail: {
      deployment_id: thing.deploymentId,
      deployment_digest: thing.digest,
      reason: input.reason,
      person: recordedPerson({ userId: caller.user.id, ...caller.user.session }),
    },
  }),
  events: ({ thing }) => [{ type: 'approval', id: thing.id }],
});
