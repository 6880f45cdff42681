/**
 * An approval is for a digest: another deployment of the identical one needs no second decision while
 * the first is good. The credential is the same one, and history says whose yes it was.
 */
import type { Actor } from '../audit/record.ts';
import { moveDeployment, type DeploymentRef } from '../deployment-state/move.ts';
import type { Db } from '../providers/database.ts';
import type { Services } from '../services.ts';
import { moveApproval, type ApprovalRef } from './move.ts';

/** Time that a bundle needs to be built and fetched: what ends sooner is asked for anew. */
const MARGIN_MILLIS = 30_000;

/** By digest, the approval by a person that is good for longest. */
export async function goodApprovals(
  db: Db,
  where: { orgId: string; environmentId: string; digests: readonly string[] },
  now: Date,
) {
  const { orgId, environmentId, digests } = where;
  const rows = await db.approval.findMany({
    where: {
      orgId,
      environmentId,
      digest: { in: [...digests] },
      mode: 'person',
      state: 'approved',
      credential: { not: null },
      credentialExpiresAt: { gt: new Date(now.getTime() + MARGIN_MILLIS) },
    },
    orderBy: { credentialExpiresAt: 'asc' },
  });
  const revoked = await db.signingKey.findMany({
    where: { orgId, state: 'revoked' },
    select: { kid: true },
  });
  const bad = new Set<string | null>(revoked.map((key) => key.kid));
  return new Map(rows.filter((row) => !bad.has(row.kid)).map((row) => [row.digest, row]));
}

export type GoodApproval =
  Awaited<ReturnType<typeof goodApprovals>> extends Map<string, infer Row> ? Row : never;

/** Carries a decision on: the approval of another deployment of the same digest. Then wake the build. */
export async function carryApproval(
  services: Services,
  db: Db,
  approval: ApprovalRef & { deployment: DeploymentRef },
  from: GoodApproval,
  actor: Actor,
  now: Date,
): Promise<void> {
  const decidedByName = from.decidedByName ?? 'somebody';
  const carriedFrom = from.carriedFrom ?? from.id;
  await moveApproval(
    services,
    db,
    approval,
    {
      event: 'approve',
      action: 'approval.carry',
      actor,
      set: {
        decidedBy: from.decidedBy,
        decidedByName,
        decidedAt: from.decidedAt,
        decidedMethod: from.decidedMethod,
        decidedShownTo: from.decidedShownTo,
        comment: from.comment,
        selfApproved: from.selfApproved,
        issuedBy: from.issuedBy,
        kid: from.kid,
        credential: from.credential,
        credentialExpiresAt: from.credentialExpiresAt,
        carriedFrom,
      },
      detail: {
        carried_from: carriedFrom,
        decided_by: from.decidedBy,
        decided_by_name: decidedByName,
        kid: from.kid,
      },
    },
    now,
  );
  await moveDeployment(
    services,
    db,
    approval.deployment,
    {
      event: 'approval_granted',
      actor,
      code: 'approval_carried',
      reason: `The approval by ${decidedByName} is for this digest, and still good.`,
    },
    now,
  );
  await services.jobs.enqueue(
    db,
    'deploy_bundle_build',
    { orgId: approval.orgId, deploymentId: approval.deploymentId },
    approval.deploymentId,
  );
}
