import { z } from 'zod';
import { refuseDecision } from '../domain/approvals/machine.ts';
import { comment, id, text } from '../inputs.ts';
import { moveDeployment } from '../deployment-state/move.ts';
import { operation, unaudited } from '../operation.ts';
import { decisionFacts } from './decision-facts.ts';
import { approvalScope, findApproval } from './find-approval.ts';
import { decidedBy, moveApproval } from './move.ts';
import { decidedIn, recordedPerson } from './persons.ts';
import { refusedBy } from './refusal-words.ts';

/** One person's no ends the request, whoever said yes before. */
export const deny = operation({
  kind: 'change',
  name: 'approval.deny',
  input: z.object({
    approvalId: id,
    /** The deployment digest that the reviewer saw. */
    digest: text(100),
    comment,
  }),
  thing: ({ db, caller, input }) => findApproval(db, caller, input.approvalId),
  scope: approvalScope,
  needs: 'OperateEnvironment',
  recordsRefusals: true,
  async run({ services, db, caller, actor, input, thing: approval, now }) {
    const { facts } = await decisionFacts(services, db, caller, approval, now);
    const refusal = refuseDecision({
      ...facts,
      decision: 'deny',
      digest: approval.digest,
      seenDigest: input.digest,
    });
    if (refusal) throw refusedBy(refusal);
    const words = input.comment || null;
    await moveApproval(
      services,
      db,
      approval,
      {
        event: 'deny',
        actor,
        set: { ...decidedBy(actor, now, words), ...decidedIn(caller.user) },
        detail: {
          requester: recordedPerson(facts.requester),
          reviewer: recordedPerson(facts.reviewer),
          ...(words ? { comment: words } : {}),
        },
      },
      now,
    );
    await moveDeployment(
      services,
      db,
      approval.deployment,
      { event: 'approval_denied', actor, ...(words ? { reason: words } : {}) },
      now,
    );
    return { state: 'denied' as const, deploymentId: approval.deploymentId };
  },
  audit: unaudited('The movers of approval and deployment record it.'),
  events: () => [],
});
