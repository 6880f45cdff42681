/** What a decision is judged by, from rows: the rules are those that the request's statement binds. */
import type { Caller } from '../caller.ts';
import type { ApprovalState, DecisionFacts } from '../domain/approvals/machine.ts';
import type { Posture } from '../domain/environments/policy.ts';
import { effectiveRole } from '../domain/permissions/roles.ts';
import { rulesOf } from '../deployment-state/statement.ts';
import type { Db } from '../providers/database.ts';
import type { Services } from '../services.ts';
import { authorsOf } from './authors.ts';
import type { findApproval } from './find-approval.ts';
import { presenceOf, requesterOf, type PersonColumns } from './persons.ts';
import { yesesThatCount } from './yeses.ts';

type Found = Awaited<ReturnType<typeof findApproval>>;

/** An approval with as much of its deployment and environment as a decision is judged by. */
interface Judged extends PersonColumns {
  id: string;
  orgId: string;
  state: ApprovalState;
  expiresAt: Date;
  carriedFrom: string | null;
  environment: { projectId: string; posture: Posture; breakGlassAllowedBy: string | null };
  deployment: { statementText: string } & DeploymentRow;
}

type DeploymentRow = Parameters<typeof authorsOf>[1][number];

/** Of several approvals at once, as many queries as of one. */
export async function decisionsFacts(
  { compiler }: Pick<Services, 'compiler'>,
  db: Db,
  caller: Caller,
  approvals: readonly Judged[],
  now: Date,
) {
  const countFor = await yesesThatCount(db, approvals);
  const writtenBy = await authorsOf(
    db,
    approvals.map(({ deployment }) => deployment),
  );
  return (approval: Judged) => {
    const { deployment, environment } = approval;
    const { statement } = compiler.deploymentDecode(deployment.statementText);
    const rules = rulesOf(statement);
    const memberships = caller.memberships.get(approval.orgId);
    const yeses = countFor(approval, rules);
    const facts: Omit<DecisionFacts, 'decision' | 'digest' | 'seenDigest'> = {
      state: approval.state,
      statementVersion: statement.v,
      requester: requesterOf(approval),
      reviewer: presenceOf(caller.user),
      role: memberships ? effectiveRole(memberships, environment.projectId) : null,
      yeses: yeses.map(({ presence }) => presence),
      authors: writtenBy(deployment),
      posture: environment.posture,
      rules,
      breakGlassAllowedBy: environment.breakGlassAllowedBy,
      now,
      expiresAt: approval.expiresAt,
    };
    return { facts, rules, statement, yeses };
  };
}

export async function decisionFacts(
  services: Pick<Services, 'compiler'>,
  db: Db,
  caller: Caller,
  approval: Judged,
  now: Date,
) {
  return (await decisionsFacts(services, db, caller, [approval], now))(approval);
}

/** The parts that a deployment's statement is made of, as its rows have them today. */
export function partsOf({ deployment, environment }: Found) {
  return {
    environment,
    version: deployment.version,
    bundle: deployment.bundle,
    slot: deployment.slot,
    agentIds: deployment.agents.map((row) => row.agentId),
  };
}
