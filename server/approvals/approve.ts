import { z } from 'zod';
import { quorumMet, type ApproverRole } from '../domain/approvals/rules.ts';
import { uuidv7 } from '../ids/uuid.ts';
import { comment } from '../inputs.ts';
import { operation } from '../operation.ts';
import { refuseUnlessDecidable, whatWasRead } from './decidable.ts';
import { approvalScope, findApproval } from './find-approval.ts';
import { grantApproval } from './grant.ts';
import { decidedIn, recordedPerson } from './persons.ts';
import type { Yes } from './yeses.ts';

/** One person's yes, to exactly the digest that the person saw. The last that it takes grants. */
export const approve = operation({
  kind: 'change',
  name: 'approval.yes',
  input: z.object({ ...whatWasRead, comment }),
  thing: ({ db, caller, input }) => findApproval(db, caller, input.approvalId),
  scope: approvalScope,
  needs: 'OperateEnvironment',
  recordsRefusals: true,
  async run({ services, db, caller, actor, input, thing: approval, now, afterCommit }) {
    const { facts, rules, yeses } = await refuseUnlessDecidable('approve', {
      services,
      db,
      caller,
      approval,
      input,
      now,
    });
    const words = input.comment || null;
    const yes: Yes = {
      presence: facts.reviewer,
      userName: actor.name,
      // Whoever may not approve was refused.
      role: facts.role as ApproverRole,
      at: now,
      comment: words,
    };
    await db.approvalYes.create({
      data: {
        id: uuidv7(),
        orgId: approval.orgId,
        approvalId: approval.id,
        userId: yes.presence.userId,
        userName: yes.userName,
        role: yes.role,
        method: yes.presence.method,
        shownTo: [...yes.presence.shownTo],
        at: now,
        comment: words,
      },
    });
    const all = [...yeses, yes];
    const met = quorumMet(
      rules,
      all.map(({ presence }) => presence.userId),
    );
    if (met) {
      await grantApproval(
        services,
        db,
        {
          environment: approval.environment,
          approval,
          actor,
          issuedBy: `user:${caller.user.id}`,
          comment: words,
          requester: facts.requester,
          yeses: all,
          breakGlass: null,
          columns: decidedIn(caller.user),
        },
        now,
      );
      afterCommit(() => services.jobs.wake('deploy_bundle_build'));
    }
    return {
      state: met ? ('approved' as const) : ('pending' as const),
      yeses: all.length,
      quorum: rules.quorum,
      deploymentId: approval.deploymentId,
    };
  },
  audit: ({ answer, caller, input, thing }) => ({
    outcome: 'allowed',
    detail: {
      deployment_id: thing.deploymentId,
      deployment_digest: thing.digest,
      yeses: answer.yeses,
      quorum: answer.quorum,
      person: recordedPerson({ userId: caller.user.id, ...caller.user.session }),
      ...(input.comment ? { comment: input.comment } : {}),
    },
  }),
  events: ({ thing }) => [{ type: 'approval', id: thing.id }],
});
