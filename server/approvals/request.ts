/**
 * Asks for the approval of a deployment that was just made. Three things may come of it: policy grants
 * at once, a grant of the identical digest is still good and is kept, or persons are asked.
 */
import type { Actor } from '../audit/record.ts';
import { issuedByTheOtherSide, type Presence } from '../domain/approvals/second-person.ts';
import type { ApprovalRules } from '../domain/approvals/rules.ts';
import { quorumMet } from '../domain/approvals/rules.ts';
import { policyIssuer } from '../domain/environments/policy.ts';
import { uuidv7 } from '../ids/uuid.ts';
import type { DeploymentRef } from '../deployment-state/move.ts';
import { rulesOf, type Statement } from '../deployment-state/statement.ts';
import type { Db } from '../providers/database.ts';
import type { SignedInUser } from '../providers/identity.ts';
import type { EnvironmentRow } from '../scopes.ts';
import type { Services } from '../services.ts';
import { grantApproval, keepGrant, type Grantable } from './grant.ts';
import { presenceOf, requestedIn } from './persons.ts';
import { yesesThatCount } from './yeses.ts';

interface Request {
  environment: EnvironmentRow;
  /** As it was just created: `pending_approval`. */
  deployment: DeploymentRef;
  specHash: string;
  stated: Statement;
  /** Who asks. */
  user: SignedInUser;
}

/**
 * Call it inside the transaction that made the deployment; where it answers `granted`, wake
 * `deploy_bundle_build` after the commit.
 */
export async function requestApproval(
  services: Services,
  db: Db,
  { environment, deployment, specHash, stated, user }: Request,
  now: Date,
): Promise<{ approvalId: string; granted: boolean; keptFrom: string | null }> {
  const approvalId = uuidv7();
  const { orgId } = environment;
  const { capabilities } = stated.statement;
  await db.approval.create({
    data: {
      id: approvalId,
      orgId,
      environmentId: environment.id,
      deploymentId: deployment.id,
      digest: stated.digest,
      specHash,
      capabilities,
      state: 'pending',
      mode: stated.approval,
      requestedBy: user.id,
      ...requestedIn(user),
      requestedAt: now,
      expiresAt: new Date(now.getTime() + environment.approvalWindowMinutes * 60_000),
    },
  });
  const approval: Grantable = {
    id: approvalId,
    orgId,
    environmentId: environment.id,
    deploymentId: deployment.id,
    state: 'pending',
    digest: stated.digest,
    specHash,
    capabilities,
    deployment,
  };
  if (stated.approval === 'policy') {
    await grantApproval(
      services,
      db,
      {
        environment,
        approval,
        actor: { kind: 'policy', id: null, name: `Policy of ${environment.name}` },
        issuedBy: policyIssuer(environment),
        comment: null,
        requester: presenceOf(user),
        yeses: [],
        breakGlass: null,
        columns: null,
      },
      now,
    );
    return { approvalId, granted: true, keptFrom: null };
  }
  const good = await findGoodGrant(
    db,
    { environment, digest: stated.digest, rules: rulesOf(stated.statement), by: presenceOf(user) },
    now,
  );
  if (!good) return { approvalId, granted: false, keptFrom: null };
  // The persons decided before; that their decision is kept is nobody's new one.
  const actor: Actor = {
    kind: 'policy',
    id: null,
    name: `Approval by ${good.decidedByName ?? 'someone who left'}, kept`,
  };
  await keepGrant(services, db, approval, good, actor, now);
  return { approvalId, granted: true, keptFrom: good.id };
}

interface Wanted {
  environment: EnvironmentRow;
  digest: string;
  rules: ApprovalRules;
  /** Who asks now. */
  by: Presence;
}

/**
 * A grant by persons of the very digest that is still good: in force, revoked by nobody, given by
 * persons who still may, and, held against who asks now, still by enough others.
 */
export async function findGoodGrant(db: Db, { environment, digest, rules, by }: Wanted, now: Date) {
  const { orgId, id: environmentId, projectId, posture } = environment;
  const candidates = await db.approval.findMany({
    where: {
      orgId,
      environmentId,
      digest,
      state: 'approved',
      mode: 'person',
      // Breaking the glass is for once; and a kept grant leads back to where it was given.
      breakGlass: false,
      keptFromId: null,
      revokedBy: null,
      credentialExpiresAt: { gt: now },
    },
    orderBy: { credentialExpiresAt: 'desc' },
    select: {
      id: true,
      issuedBy: true,
      kid: true,
      credential: true,
      credentialExpiresAt: true,
      decidedBy: true,
      decidedByName: true,
      decidedAt: true,
      decidedMethod: true,
      decidedShownTo: true,
      comment: true,
    },
  });
  for (const candidate of candidates) {
    const yeses = await yesesThatCount(
      db,
      { id: candidate.id, orgId, keptFromId: null, environment: { projectId } },
      rules,
    );
    const others = yeses.filter(
      ({ presence }) =>
        (rules.selfApproval || presence.userId !== by.userId) &&
        (posture !== 'prod' || !issuedByTheOtherSide(by, presence, [])),
    );
    if (
      quorumMet(
        rules,
        others.map(({ presence }) => presence.userId),
      )
    ) {
      return candidate;
    }
  }
  return null;
}
