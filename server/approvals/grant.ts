/** Grants an approval: signs the credential, moves the deployment on, and queues the build. */
import type { Actor } from '../audit/record.ts';
import type { EnvironmentRow } from '../scopes.ts';
import { secondPerson, type Presence } from '../domain/approvals/second-person.ts';
import { credentialPayload, encodeCredential } from '../domain/credentials/payload.ts';
import { moveDeployment, type DeploymentRef } from '../deployment-state/move.ts';
import type { Prisma } from '../db/generated/client.ts';
import type { Json } from '../domain/digests/canonical-json.ts';
import type { Db } from '../providers/database.ts';
import type { Services } from '../services.ts';
import { decidedBy, moveApproval, type ApprovalRef } from './move.ts';
import { recordedPerson } from './persons.ts';
import type { Yes } from './yeses.ts';

interface Grantable extends ApprovalRef {
  specHash: string;
  capabilities: readonly string[];
  deployment: DeploymentRef;
}

interface Grant {
  environment: EnvironmentRow;
  approval: Grantable;
  actor: Actor;
  /** `user:<id>` of the last yes, or `policy:<name>` */
  issuedBy: string;
  comment: string | null;
  requester: Presence;
  /** Everybody whose yes counts, each once; nobody where policy decides. */
  yeses: readonly Yes[];
  /** One person decided alone. */
  breakGlass: { reason: string } | null;
  /** How the last of them came into the session; null where policy decides. */
  columns: Pick<Prisma.ApprovalUncheckedUpdateManyInput, 'decidedMethod' | 'decidedShownTo'> | null;
}

/** What history says for ever about a grant; null where nothing is to be said. */
type Mark = 'break_glass' | 'self_approval' | 'second_person_not_proven';

function markOf({ breakGlass, requester, yeses }: Grant): Mark | null {
  if (breakGlass) return 'break_glass';
  if (yeses.some(({ presence }) => presence.userId === requester.userId)) return 'self_approval';
  const proven = yeses.every(({ presence }) => secondPerson(requester, presence).proven);
  return proven ? null : 'second_person_not_proven';
}

/** Call it inside a transaction; wake `deploy_bundle_build` after the commit. */
export async function grantApproval(
  services: Services,
  db: Db,
  grant: Grant,
  now: Date,
): Promise<void> {
  const { environment, approval, requester, yeses, breakGlass, comment, actor } = grant;
  const { orgId } = environment;
  const mark = markOf(grant);
  const kid = await services.signer.activeKid(db, orgId, 'approval');
  const expiresAt = new Date(now.getTime() + environment.credentialLifetimeMinutes * 60_000);
  const payload = credentialPayload({
    kid,
    orgId,
    projectId: environment.projectId,
    environmentId: environment.id,
    posture: environment.posture,
    specHash: approval.specHash,
    capabilities: approval.capabilities,
    deploymentDigest: approval.digest,
    issuedAt: now,
    expiresAt,
    issuedBy: grant.issuedBy,
    approvalId: approval.id,
    requestedBy: requester,
    approvedBy: yeses.map(({ presence, role, at }) => ({ ...presence, role, at })),
    breakGlass: breakGlass !== null,
  });
  const signature = await services.signer.sign(db, orgId, kid, Buffer.from(payload));
  await moveApproval(
    services,
    db,
    approval,
    {
      event: 'approve',
      actor,
      set: {
        ...decidedBy(actor, now, comment),
        ...grant.columns,
        selfApproved: yeses.some(({ presence }) => presence.userId === requester.userId),
        breakGlass: breakGlass !== null,
        breakGlassReason: breakGlass?.reason ?? null,
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
        ...recordedPersons(grant),
        ...(breakGlass ? { break_glass: true, reason: breakGlass.reason } : {}),
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

/** Persons as the audit keeps them: with one yes, as two sides; with several, each of them too. */
function recordedPersons({ requester, yeses }: Grant): { [key: string]: Json } {
  const last = yeses.at(-1);
  if (!last) return { self_approved: false };
  const own = yeses.some(({ presence }) => presence.userId === requester.userId);
  const second = secondPerson(requester, last.presence);
  return {
    self_approved: own,
    requester: recordedPerson(requester),
    reviewer: recordedPerson(last.presence),
    approved_by: yeses.map(({ presence, role, at }) => ({
      ...recordedPerson(presence),
      role,
      at: at.toISOString(),
    })),
    ...(last.presence.userId === requester.userId
      ? {}
      : { second_person: second.proven ? 'proven' : 'not_proven', tie: second.tie }),
  };
}
