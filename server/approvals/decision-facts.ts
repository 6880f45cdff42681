/** What a decision is judged by, from rows: the rules are those that the request's statement binds. */
import type { Caller } from '../caller.ts';
import type { DecisionFacts } from '../domain/approvals/machine.ts';
import { effectiveRole } from '../domain/permissions/roles.ts';
import { rulesOf } from '../deployment-state/statement.ts';
import type { Db } from '../providers/database.ts';
import type { Services } from '../services.ts';
import { authorsOf } from './authors.ts';
import type { findApproval } from './find-approval.ts';
import { presenceOf, requesterOf } from './persons.ts';
import { yesesThatCount } from './yeses.ts';

type Found = Awaited<ReturnType<typeof findApproval>>;

export async function decisionFacts(
  { compiler }: Pick<Services, 'compiler'>,
  db: Db,
  caller: Caller,
  approval: Found,
  now: Date,
) {
  const { deployment, environment } = approval;
  const { statement } = compiler.deploymentDecode(deployment.statementText);
  const rules = rulesOf(statement);
  const memberships = caller.memberships.get(approval.orgId);
  const yeses = await yesesThatCount(db, approval, rules);
  const facts: Omit<DecisionFacts, 'decision' | 'digest' | 'seenDigest'> = {
    state: approval.state,
    statementVersion: statement.v,
    requester: requesterOf(approval),
    reviewer: presenceOf(caller.user),
    role: memberships ? effectiveRole(memberships, environment.projectId) : null,
    yeses: yeses.map(({ presence }) => presence),
    authors: await authorsOf(db, deployment),
    posture: environment.posture,
    rules,
    breakGlassAllowedBy: environment.breakGlassAllowedBy,
    now,
    expiresAt: approval.expiresAt,
  };
  return { facts, rules, statement, yeses };
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
