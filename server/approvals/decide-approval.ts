import { z } from 'zod';
import { recordAudit } from '../audit/record.ts';
import { authorize, scopeWithin, userActor } from '../authorize.ts';
import type { Caller } from '../caller.ts';
import {
  refuseDecision,
  type ApprovalState,
  type DecisionRefusal,
} from '../domain/approvals/machine.ts';
import { id } from '../inputs.ts';
import { moveDeployment } from '../deployments/move.ts';
import { stateDeployment } from '../deployments/statement.ts';
import { ByteorError } from '../errors.ts';
import type { Services } from '../services.ts';
import { findApproval } from './find-approval.ts';
import { grantApproval } from './grant.ts';

export const decideApprovalInput = z.object({
  approvalId: id,
  /** The deployment digest that the reviewer saw. */
  digest: z.string().max(100),
  decision: z.enum(['approve', 'deny']),
  comment: z.string().trim().max(2000).default(''),
});

const WORDS: Record<DecisionRefusal, { status: 403 | 409; message: string; help: string }> = {
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
  approval_own_request: {
    status: 403,
    message: 'You asked for this deployment, so somebody else has to approve it.',
    help: 'Invite a second person as operator, or have a project admin allow self-approval in this environment.',
  },
};

/** Decides an approval. A grant covers exactly the digest that the reviewer saw. */
export async function decideApproval(
  services: Services,
  caller: Caller,
  input: z.infer<typeof decideApprovalInput>,
) {
  const { database, clock, compiler, jobs, live } = services;
  const found = await findApproval(database.client, caller, input.approvalId);
  const scope = scopeWithin(found.environment, 'approval', found.id, found.deployment.slot);
  await authorize(services, caller, 'OperateEnvironment', scope, `approval.${input.decision}`);
  const now = clock.now();
  const actor = userActor(caller);
  const comment = input.comment || null;

  const outcome = await database.transact(async (db) => {
    const approval = await findApproval(db, caller, input.approvalId);
    const { deployment, environment } = approval;
    // What the rows say today: a setting that changed since the request makes another digest.
    const current = stateDeployment(compiler, {
      environment,
      version: deployment.version,
      bundle: deployment.bundle,
      slot: deployment.slot,
      agentIds: deployment.agents.map((row) => row.agentId),
    });
    const seenMatches = input.digest === approval.digest;
    const refusal = refuseDecision({
      state: approval.state as ApprovalState,
      digest: input.decision === 'approve' && seenMatches ? current.digest : approval.digest,
      seenDigest: input.digest,
      requestedBy: approval.requestedBy,
      reviewer: caller.user.id,
      decision: input.decision,
      selfApproval: environment.selfApproval,
      now,
      expiresAt: approval.expiresAt,
    });
    if (refusal) return { refusal };
    if (input.decision === 'deny') {
      const { count } = await db.approval.updateMany({
        where: { id: approval.id, orgId: approval.orgId, state: 'pending' },
        data: {
          state: 'denied',
          decidedBy: actor.id,
          decidedByName: actor.name,
          decidedAt: now,
          comment,
        },
      });
      if (count === 0) return { refusal: 'approval_not_pending' as const };
      await recordAudit(db, now, {
        orgId: approval.orgId,
        projectId: environment.projectId,
        environmentId: environment.id,
        actor,
        action: 'approval.deny',
        outcome: 'denied',
        resource: { kind: 'approval', id: approval.id, name: deployment.slot },
        detail: {
          deployment_id: deployment.id,
          deployment_digest: approval.digest,
          ...(comment ? { comment } : {}),
        },
      });
      await live.publish(
        db,
        { type: 'approval', id: approval.id, orgId: approval.orgId, environmentId: environment.id },
        now,
      );
      await moveDeployment(
        services,
        db,
        deployment,
        { event: 'approval_denied', actor, ...(comment ? { reason: comment } : {}) },
        now,
      );
      return { state: 'denied' as const };
    }
    await grantApproval(
      services,
      db,
      {
        environment,
        deployment,
        approval,
        actor,
        issuedBy: `user:${caller.user.id}`,
        comment,
        selfApproved: approval.requestedBy === caller.user.id,
      },
      now,
    );
    return { state: 'approved' as const };
  });

  if (outcome.refusal) {
    await recordAudit(database.client, now, {
      orgId: found.orgId,
      projectId: found.environment.projectId,
      environmentId: found.environmentId,
      actor,
      action: `approval.${input.decision}`,
      outcome: 'denied',
      resource: { kind: 'approval', id: found.id, name: found.deployment.slot },
      detail: { code: outcome.refusal },
    });
    const { status, message, help } = WORDS[outcome.refusal];
    throw new ByteorError(status, outcome.refusal, message, { help });
  }
  if (outcome.state === 'approved') jobs.wake('deploy_bundle_build');
  return { state: outcome.state, deploymentId: found.deploymentId };
}
