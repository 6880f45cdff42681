import { z } from 'zod';
import { refuseReview } from '../domain/approvals/machine.ts';
import { comment, id } from '../inputs.ts';
import { operation } from '../operation.ts';
import { approvalScope, findApproval } from './find-approval.ts';
import { recordReview } from './move.ts';
import { presenceOf, recordedPerson, reviewFactsOf } from './persons.ts';
import { refusedBy } from './refusal-words.ts';

/** A second person says afterwards what is to be thought of a decision that one took alone. */
export const reviewBreakGlass = operation({
  kind: 'change',
  name: 'approval.review_break_glass',
  input: z.object({
    approvalId: id,
    verdict: z.enum(['justified', 'unjustified']),
    comment,
  }),
  thing: ({ db, caller, input }) => findApproval(db, caller, input.approvalId),
  scope: approvalScope,
  needs: 'OperateEnvironment',
  recordsRefusals: true,
  async run({ services, db, caller, input, thing: approval, now }) {
    const refusal = refuseReview({
      ...reviewFactsOf(approval, approval.environment, services.config),
      reviewer: presenceOf(caller.user),
    });
    if (refusal) throw refusedBy(refusal);
    const review = { userId: caller.user.id, verdict: input.verdict, comment: input.comment };
    if (!(await recordReview(db, approval, review, now))) throw refusedBy('break_glass_reviewed');
    return { verdict: input.verdict };
  },
  audit: ({ caller, input, thing }) => ({
    detail: {
      deployment_id: thing.deploymentId,
      deployment_digest: thing.digest,
      verdict: input.verdict,
      decided_by: thing.decidedBy,
      person: recordedPerson({ userId: caller.user.id, ...caller.user.session }),
      ...(input.comment ? { comment: input.comment } : {}),
    },
  }),
  events: ({ thing }) => [
    { type: 'approval', id: thing.id },
    { type: 'deployment', id: thing.deploymentId },
  ],
});
