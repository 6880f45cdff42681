/**
 * An approval is for a digest: another deployment of the identical one needs no second decision while
 * the first is good. The credential is the same one, and history says whose yes it was.
 */
import type { Actor } from '../audit/record.ts';
import { moveDeployment, type DeploymentRef } from '../deployment-state/move.ts';
import { issuedByTheOtherSide, type Presence } from '../domain/approvals/second-person.ts';
import { quorumMet, type ApprovalRules } from '../domain/approvals/rules.ts';
import type { Db } from '../providers/database.ts';
import type { EnvironmentRow } from '../scopes.ts';
import type { Services } from '../services.ts';
import { moveApproval, type ApprovalRef } from './move.ts';
import { yesesThatCount } from './yeses.ts';

/** Time that a bundle needs to be built and fetched: what ends sooner is asked for anew. */
const MARGIN_MILLIS = 30_000;

interface Wanted {
  environment: EnvironmentRow;
  /** Digests, with the rules that their statements bind. */
  statements: readonly { digest: string; rules: ApprovalRules }[];
  /** Who asks. */
  by: Presence;
}

/**
 * By digest, the approval by persons that is good for longest: in force, revoked by nobody, signed by
 * a key that is believed, and given by enough persons who still may and aren't who asks now.
 */
export async function goodApprovals(db: Db, { environment, statements, by }: Wanted, now: Date) {
  const { orgId, id: environmentId } = environment;
  const digests = statements.map(({ digest }) => digest);
  const rows = await db.approval.findMany({
    where: {
      orgId,
      environmentId,
      digest: { in: digests },
      mode: 'person',
      state: 'approved',
      // Breaking the glass is for once.
      breakGlass: false,
      revokedBy: null,
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
  const rulesOf = new Map(statements.map(({ digest, rules }) => [digest, rules]));
  const good = new Map<string, (typeof rows)[number]>();
  for (const row of rows) {
    const rules = rulesOf.get(row.digest);
    if (rules && !bad.has(row.kid) && (await isStillMet(db, environment, row, rules, by))) {
      good.set(row.digest, row);
    }
  }
  return good;
}

/** Whether the yeses that count now, but for who asks and who is in the same hands, are enough. */
async function isStillMet(
  db: Db,
  environment: EnvironmentRow,
  approval: { id: string; orgId: string; carriedFrom: string | null },
  rules: ApprovalRules,
  by: Presence,
): Promise<boolean> {
  // What it was carried from may have been revoked since; its own row doesn't say so.
  if (approval.carriedFrom !== null) {
    const root = await db.approval.findUnique({
      where: { orgId_id: { orgId: approval.orgId, id: approval.carriedFrom } },
      select: { revokedBy: true },
    });
    if (!root || root.revokedBy !== null) return false;
  }
  const judged = { ...approval, environment };
  const yeses = (await yesesThatCount(db, [judged]))(judged, rules);
  const others = yeses.filter(
    ({ presence }) =>
      (rules.selfApproval || presence.userId !== by.userId) &&
      (environment.posture !== 'prod' || !issuedByTheOtherSide(by, presence, [])),
  );
  return quorumMet(
    rules,
    others.map(({ presence }) => presence.userId),
  );
}

type GoodApproval =
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
