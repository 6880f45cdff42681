/**
 * Moves an approval from state to state: the rule decides, the row is compared and set, and what
 * happened is recorded and told.
 */
import { recordAudit, type Actor, type AuditEntry } from '../audit/record.ts';
import type { Prisma } from '../db/generated/client.ts';
import {
  approvalAfter,
  type ApprovalEvent,
  type ApprovalState,
} from '../domain/approvals/machine.ts';
import type { Json } from '../domain/digests/canonical-json.ts';
import { conflict } from '../errors.ts';
import { tellDecision } from '../notifications/of-deployments.ts';
import type { Db } from '../providers/database.ts';
import type { Services } from '../services.ts';

export interface ApprovalRef {
  id: string;
  orgId: string;
  environmentId: string;
  deploymentId: string;
  digest: string;
  state: string;
  deployment: { slot: string; environment: { projectId: string } };
}

interface ApprovalMove {
  event: ApprovalEvent;
  actor: Actor;
  /** Columns that change along with the state. */
  set: Omit<Prisma.ApprovalUncheckedUpdateManyInput, 'state'>;
  detail?: { [key: string]: Json };
  /** The audit's word, where nobody decided anew. */
  action?: string;
}

const RECORDED: Record<ApprovalEvent, { action: string; outcome: AuditEntry['outcome'] }> = {
  approve: { action: 'approval.approve', outcome: 'allowed' },
  deny: { action: 'approval.deny', outcome: 'denied' },
  withdraw: { action: 'approval.withdraw', outcome: 'succeeded' },
  window_passed: { action: 'approval.expire', outcome: 'denied' },
  withdraw_grant: { action: 'approval.revoke', outcome: 'succeeded' },
};

/** Returns the new state, or throws `approval_not_pending` when the event doesn't fit (any more). */
export async function moveApproval(
  services: Services,
  db: Db,
  approval: ApprovalRef,
  move: ApprovalMove,
  now: Date,
): Promise<ApprovalState> {
  const { id, orgId, environmentId } = approval;
  const from = approval.state as ApprovalState;
  const to = approvalAfter(from, move.event);
  const { count } =
    to === null
      ? { count: 0 }
      : await db.approval.updateMany({
          where: { id, orgId, state: from, digest: approval.digest },
          data: { ...move.set, state: to },
        });
  if (to === null || count === 0) {
    throw conflict('approval_not_pending', 'Somebody decided this approval already.', {
      help: 'Load it again to see the decision.',
      args: { state: from, event: move.event },
    });
  }
  const { action, outcome } = RECORDED[move.event];
  await recordAudit(db, now, {
    orgId,
    projectId: approval.deployment.environment.projectId,
    environmentId,
    actor: move.actor,
    action: move.action ?? action,
    outcome,
    resource: { kind: 'approval', id, name: approval.deployment.slot },
    detail: {
      deployment_id: approval.deploymentId,
      deployment_digest: approval.digest,
      ...move.detail,
    },
  });
  await services.live.publish(db, { type: 'approval', id, orgId, environmentId }, now);
  await tellDecision(services, db, approval, move.actor, now);
  return to;
}

/** A person's (or policy's) decision, as the row keeps it. */
export function decidedBy(actor: Actor, now: Date, comment: string | null) {
  return { decidedBy: actor.id, decidedByName: actor.name, decidedAt: now, comment };
}

/** A grant that carries no further, though what it was given for runs on: its state stays. */
export async function endGrant(
  db: Db,
  approval: { orgId: string; id: string },
  { userId, reason }: { userId: string; reason: string },
  now: Date,
): Promise<void> {
  await db.approval.updateMany({
    where: { orgId: approval.orgId, id: approval.id, revokedBy: null },
    data: { revokedAt: now, revokedReason: reason, revokedBy: userId },
  });
}

/** What a second person says of broken glass, once. Answers whether it was the first to be said. */
export async function recordReview(
  db: Db,
  approval: { orgId: string; id: string },
  review: { userId: string; verdict: 'justified' | 'unjustified'; comment: string },
  now: Date,
): Promise<boolean> {
  const { count } = await db.approval.updateMany({
    where: { orgId: approval.orgId, id: approval.id, reviewedAt: null },
    data: {
      reviewedBy: review.userId,
      reviewedAt: now,
      reviewVerdict: review.verdict,
      reviewComment: review.comment || null,
    },
  });
  return count > 0;
}
