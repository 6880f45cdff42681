/** Grants an approval: signs the credential, moves the deployment on, and queues the build. */
import type { Actor } from '../audit/record.ts';
import type { EnvironmentRow } from '../scopes.ts';
import { secondPerson, type Presence } from '../domain/approvals/second-person.ts';
import { credentialPayload, encodeCredential } from '../domain/credentials/payload.ts';
import type { Posture } from '../domain/environments/policy.ts';
import { moveDeployment, type DeploymentRef } from '../deployment-state/move.ts';
import type { Db } from '../providers/database.ts';
import type { Services } from '../services.ts';
import { decidedBy, moveApproval, type ApprovalRef } from './move.ts';
import { recordedPerson, type decidedIn } from './persons.ts';

interface Grant {
  environment: EnvironmentRow;
  approval: ApprovalRef & {
    specHash: string;
    capabilities: readonly string[];
    deployment: DeploymentRef;
  };
  actor: Actor;
  /** `user:<id>` or `policy:<name>` */
  issuedBy: string;
  comment: string | null;
  /** null: policy decided. */
  byPerson: {
    requester: Presence;
    reviewer: Presence;
    columns: ReturnType<typeof decidedIn>;
  } | null;
}

/** What history says for ever about a grant by a person; null where nothing is to be said. */
function markOf(byPerson: Grant['byPerson']): 'self_approval' | 'second_person_not_proven' | null {
  if (!byPerson) return null;
  const { requester, reviewer } = byPerson;
  if (requester.userId === reviewer.userId) return 'self_approval';
  return secondPerson(requester, reviewer).proven ? null : 'second_person_not_proven';
}

/** Call it inside a transaction; wake `deploy_bundle_build` after the commit. */
export async function grantApproval(
  services: Services,
  db: Db,
  grant: Grant,
  now: Date,
): Promise<void> {
  const { environment, approval, actor, byPerson, comment } = grant;
  const { orgId } = environment;
  const mark = markOf(byPerson);
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
  const second =
    byPerson && mark !== 'self_approval'
      ? secondPerson(byPerson.requester, byPerson.reviewer)
      : null;
  await moveApproval(
    services,
    db,
    approval,
    {
      event: 'approve',
      actor,
      set: {
        ...decidedBy(actor, now, comment),
        ...byPerson?.columns,
        selfApproved: mark === 'self_approval',
        issuedBy: grant.issuedBy,
        kid,
        credential: encodeCredential(payload, signature.bytes),
        credentialExpiresAt: expiresAt,
      },
      detail: {
        spec_hash: approval.specHash,
        capabilities: [...approval.capabilities],
        issued_by: grant.issuedBy,
        kid,
        self_approved: mark === 'self_approval',
        ...(byPerson
          ? {
              requester: recordedPerson(byPerson.requester),
              reviewer: recordedPerson(byPerson.reviewer),
            }
          : {}),
        ...(second
          ? { second_person: second.proven ? 'proven' : 'not_proven', tie: second.tie }
          : {}),
        ...(comment ? { comment } : {}),
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
      ...(mark ? { code: mark } : {}),
      ...(comment ? { reason: comment } : {}),
    },
    now,
  );
  await services.jobs.enqueue(
    db,
    'deploy_bundle_build',
    { orgId, deploymentId: approval.deploymentId },
    approval.deploymentId,
  );
}
