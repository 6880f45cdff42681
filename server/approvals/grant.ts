/** Grants an approval: signs the credential, moves the deployment on, and queues the build. */
import { recordAudit, type Actor } from '../audit/record.ts';
import type { EnvironmentRow } from '../authorize.ts';
import { credentialPayload, encodeCredential } from '../domain/credentials/payload.ts';
import type { Posture } from '../domain/environments/policy.ts';
import { conflict } from '../errors.ts';
import { moveDeployment, type DeploymentRef } from '../deployments/move.ts';
import type { Db } from '../providers/database.ts';
import type { Services } from '../services.ts';

export interface Grant {
  environment: EnvironmentRow;
  deployment: DeploymentRef;
  approval: { id: string; digest: string; specHash: string; capabilities: readonly string[] };
  actor: Actor;
  /** `user:<id>` or `policy:<name>` */
  issuedBy: string;
  comment: string | null;
  selfApproved: boolean;
}

/** Call it inside a transaction; wake `deploy_bundle_build` after the commit. */
export async function grantApproval(
  services: Services,
  db: Db,
  grant: Grant,
  now: Date,
): Promise<void> {
  const { environment, approval, actor } = grant;
  const { orgId } = environment;
  const kid = await services.signer.activeKid(db, orgId, 'approval');
  const expiresAt = new Date(now.getTime() + environment.credentialLifetimeMinutes * 60_000);
  const payload = credentialPayload({
    kid,
    orgId,
    projectId: environment.projectId,
    environmentId: environment.id,
    posture: environment.posture as Posture,
    specHash: approval.specHash,
    capabilities: approval.capabilities,
    deploymentDigest: approval.digest,
    issuedAt: now,
    expiresAt,
    issuedBy: grant.issuedBy,
    approvalId: approval.id,
  });
  const signature = await services.signer.sign(db, orgId, kid, Buffer.from(payload));
  const { count } = await db.approval.updateMany({
    where: { id: approval.id, orgId, state: 'pending', digest: approval.digest },
    data: {
      state: 'approved',
      decidedBy: actor.id,
      decidedByName: actor.name,
      decidedAt: now,
      comment: grant.comment,
      selfApproved: grant.selfApproved,
      issuedBy: grant.issuedBy,
      kid,
      credential: encodeCredential(payload, signature.bytes),
      credentialExpiresAt: expiresAt,
    },
  });
  if (count === 0) {
    throw conflict('approval_not_pending', 'Somebody decided this approval already.', {
      help: 'Load it again to see the decision.',
    });
  }
  await recordAudit(db, now, {
    orgId,
    projectId: environment.projectId,
    environmentId: environment.id,
    actor,
    action: 'approval.approve',
    outcome: 'allowed',
    resource: { kind: 'approval', id: approval.id, name: grant.deployment.slot },
    detail: {
      deployment_id: grant.deployment.id,
      deployment_digest: approval.digest,
      spec_hash: approval.specHash,
      capabilities: [...approval.capabilities],
      issued_by: grant.issuedBy,
      kid,
      self_approved: grant.selfApproved,
      ...(grant.comment ? { comment: grant.comment } : {}),
    },
  });
  await moveDeployment(
    services,
    db,
    grant.deployment,
    {
      event: 'approval_granted',
      actor,
      ...(grant.selfApproved ? { code: 'self_approval' } : {}),
      ...(grant.comment ? { reason: grant.comment } : {}),
    },
    now,
  );
  await services.live.publish(
    db,
    { type: 'approval', id: approval.id, orgId, environmentId: environment.id },
    now,
  );
  await services.jobs.enqueue(
    db,
    'deploy_bundle_build',
    { orgId, deploymentId: grant.deployment.id },
    grant.deployment.id,
  );
}
