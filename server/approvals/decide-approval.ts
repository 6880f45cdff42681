import { z } from 'zod';
import { refuseDecision, type DecisionRefusal } from '../domain/approvals/machine.ts';
import type { Posture } from '../domain/environments/policy.ts';
import { comment, id, text } from '../inputs.ts';
import { comparisonOf } from '../deployment-state/comparison.ts';
import { moveDeployment } from '../deployment-state/move.ts';
import { stateDeployment } from '../deployment-state/statement.ts';
import { ByteorError } from '../errors.ts';
import { operation, unaudited } from '../operation.ts';
import { authorsOf } from './authors.ts';
import { approvalScope, findApproval } from './find-approval.ts';
import { grantApproval } from './grant.ts';
import { decidedBy, moveApproval } from './move.ts';
import { decidedIn, presenceOf, recordedPerson, requesterOf } from './persons.ts';

const WORDS: Record<
  DecisionRefusal | 'comparison_changed',
  { status: 403 | 409; message: string; help: string }
> = {
  approval_not_pending: {
    status: 409,
    message: 'This approval was decided already.',
    help: 'Load it again to see the decision.',
  },
  approval_expired: {
    status: 409,
    message: 'The time to decide has passed.',
    help: 'Ask for the deployment again.',
  },
  approval_digest_changed: {
    status: 409,
    message: 'What you saw is not what would be approved.',
    help: 'Load the approval again. If a setting of the environment changed, ask for the deployment again.',
  },
  comparison_changed: {
    status: 409,
    message: 'What runs there, or is on its way, changed since you opened this page.',
    help: 'Look at the new comparison, and decide again.',
  },
  approval_own_request: {
    status: 403,
    message: 'You asked for this deployment, so somebody else has to approve it.',
    help: 'Have a second person decide, or have an organization admin allow self-approval in this environment.',
  },
  approval_issuers_request: {
    status: 403,
    message:
      'A sign-in link that was issued in the page ties the two sides of this decision together.',
    help: 'Sign in by a link that was issued on the host, or have somebody else decide.',
  },
  approval_second_person_not_proven: {
    status: 403,
    message: 'This install needs two people here who are both proven.',
    help: 'Both sign in by a link that was issued on the host (npm run -s admin -- sign-in-link ADDRESS), then ask for the deployment again.',
  },
};

function refusedBy(code: keyof typeof WORDS): ByteorError {
  const { status, message, help } = WORDS[code];
  return new ByteorError(status, code, message, { help });
}

/** Decides an approval. A grant covers exactly the digest that the reviewer saw. */
export const decideApproval = operation({
  kind: 'change',
  name: 'approval.decide',
  input: z.object({
    approvalId: id,
    /** The deployment digest that the reviewer saw. */
    digest: text(100),
    decision: z.enum(['approve', 'deny']),
    /** What the reviewer compared it with, as `approvals.get` said it; denying needs no comparison. */
    basis: text(100).default(''),
    comment,
  }),
  thing: ({ db, caller, input }) => findApproval(db, caller, input.approvalId),
  scope: approvalScope,
  needs: 'OperateEnvironment',
  async run({ services, db, caller, actor, input, thing: approval, now, afterCommit, ifRefused }) {
    ifRefused([{ detail: { decision: input.decision } }]);
    const { deployment, environment } = approval;
    // What the rows say today: a setting that changed since the request makes another digest.
    const current = stateDeployment(services.compiler, {
      environment,
      version: deployment.version,
      bundle: deployment.bundle,
      slot: deployment.slot,
      agentIds: deployment.agents.map((row) => row.agentId),
    });
    const seenMatches = input.digest === approval.digest;
    const requester = requesterOf(approval);
    const reviewer = presenceOf(caller.user);
    const refusal = refuseDecision({
      state: approval.state,
      digest: input.decision === 'approve' && seenMatches ? current.digest : approval.digest,
      seenDigest: input.digest,
      requester,
      reviewer,
      authors: await authorsOf(db, deployment),
      decision: input.decision,
      posture: environment.posture as Posture,
      selfApproval: environment.selfApproval,
      provenRequired: services.config.provenRequired,
      now,
      expiresAt: approval.expiresAt,
    });
    if (refusal) throw refusedBy(refusal);
    const compared = await comparisonOf(db, deployment);
    if (input.decision === 'approve' && compared.basis !== input.basis) {
      throw refusedBy('comparison_changed');
    }
    const words = input.comment || null;
    if (input.decision === 'deny') {
      await moveApproval(
        services,
        db,
        approval,
        {
          event: 'deny',
          actor,
          set: { ...decidedBy(actor, now, words), ...decidedIn(caller.user) },
          detail: {
            requester: recordedPerson(requester),
            reviewer: recordedPerson(reviewer),
            ...(words ? { comment: words } : {}),
          },
        },
        now,
      );
      await moveDeployment(
        services,
        db,
        deployment,
        { event: 'approval_denied', actor, ...(words ? { reason: words } : {}) },
        now,
      );
    } else {
      await grantApproval(
        services,
        db,
        {
          environment,
          approval,
          actor,
          issuedBy: `user:${caller.user.id}`,
          comment: words,
          byPerson: { reviewer, requester, columns: decidedIn(caller.user) },
        },
        now,
      );
      afterCommit(() => services.jobs.wake('deploy_bundle_build'));
    }
    return {
      state: input.decision === 'approve' ? ('approved' as const) : ('denied' as const),
      deploymentId: deployment.id,
    };
  },
  audit: unaudited('The movers of approval and deployment record it.'),
  events: () => [],
});
