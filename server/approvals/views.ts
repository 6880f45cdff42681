/** Parts of an approval as its page gets them. */
import type { ConfigBundle } from '../bundles/config.ts';
import type { comparisonOf } from '../deployment-state/comparison.ts';
import { healthView } from '../deployment-state/health.ts';
import { stepsIn } from '../deployment-state/statement.ts';
import type { Json } from '../domain/digests/canonical-json.ts';
import { sumOfRates } from '../domain/deployments/rates.ts';
import { isProven } from '../domain/identity/sessions.ts';
import type { PersonName } from '../members/names.ts';
import { numbersOf } from '../deployment-state/numbers.ts';
import type { Db } from '../providers/database.ts';
import { countedBy } from './beside.ts';
import type { decisionFacts } from './decision-facts.ts';
import type { findApproval } from './find-approval.ts';
import type { Person } from './persons.ts';
import type { yesesGiven } from './yeses.ts';

type Row = Awaited<ReturnType<typeof findApproval>>;
type Judged = Awaited<ReturnType<typeof decisionFacts>>;
type Names = (userId: string) => PersonName;

export function versionSide(row: Row['deployment']['version']) {
  return {
    id: row.id,
    number: row.number,
    name: row.name,
    text: row.text,
    target: row.target as 'single_ring' | 'lane_graph',
    layout: row.layout as { [key: string]: Json },
    specKv: row.specKv,
    specHash: row.specHash,
    describe: row.describe,
    compilerVersion: row.compilerVersion,
    capabilities: row.capabilities,
  };
}

export function bundleSide(row: Row['deployment']['bundle']) {
  return {
    id: row.id,
    number: row.number,
    name: row.name,
    config: row.config as ConfigBundle,
    text: row.text,
    digest: row.digest,
  };
}

/** What runs in the slot now, and how it fares: as its agents prove and count it. */
export async function runningSide(
  db: Db,
  running: NonNullable<Awaited<ReturnType<typeof comparisonOf>>['running']>,
  now: Date,
) {
  const { id, orgId } = running;
  const parts = await numbersOf(db, { id, orgId }, now);
  const { perSecond, rejectedPerSecond } = sumOfRates(parts.map(({ rates }) => rates));
  return {
    deploymentId: id,
    activatedAt: running.activatedAt?.toISOString() ?? null,
    requestedAt: running.createdAt.toISOString(),
    /** Whether it does run: as its agents prove it. */
    health: healthView(running.agents, now),
    /** Agents that proved it and took nothing else since, be they down just now: they go back to it. */
    provedBy: running.agents.flatMap((part) =>
      part.confirmedAt && !part.supersededAt ? [part.agentId] : [],
    ),
    counted: await countedBy(db, running),
    /** Records and rejects a second, since about a minute; null where nothing can be said. */
    rates: { perSecond, rejectedPerSecond },
    version: versionSide(running.version),
    bundle: bundleSide(running.bundle),
  };
}

/** Who decided, when and why; null while nobody did. */
export function decisionView(row: Row, reviewer: Person | null) {
  if (!row.decidedAt) return null;
  return {
    by: reviewer ?? {
      id: row.decidedBy,
      name: row.decidedByName ?? 'Someone who left',
      proven: null,
      letInBy: [],
    },
    at: row.decidedAt.toISOString(),
    comment: row.comment,
    selfApproved: row.selfApproved,
    issuedBy: row.issuedBy,
    credentialExpiresAt: row.credentialExpiresAt?.toISOString() ?? null,
  };
}

/** Each person's yes, oldest first. One that `counts` not is of somebody who lost the right. */
export function yesViews(
  given: Awaited<ReturnType<typeof yesesGiven>>,
  counting: Judged['yeses'],
  names: Names,
) {
  return given.map((yes) => ({
    person: names(yes.userId),
    at: yes.at.toISOString(),
    method: yes.method,
    role: yes.role,
    proven: isProven(yes),
    comment: yes.comment,
    counts: counting.some(({ presence }) => presence.userId === yes.userId),
  }));
}

/** What the statement binds beside the shown things; its digest is over these very values. */
export function rulesView({ rules, statement }: Pick<Judged, 'rules' | 'statement'>, names: Names) {
  return {
    statement: statement.v,
    selfApproval: rules.selfApproval,
    approvers: { roles: [...rules.approvers.roles], users: rules.approvers.users.map(names) },
    proof: rules.proof,
    breakGlass: rules.breakGlass,
    rollout: stepsIn(statement),
  };
}

/** What one person decided alone, and what a second one found; null where nobody did. */
export function breakGlassView(row: Row, names: Names) {
  if (!row.breakGlass) return null;
  return {
    reason: row.breakGlassReason ?? '',
    review: row.reviewedAt
      ? {
          by: names(row.reviewedBy ?? ''),
          at: row.reviewedAt.toISOString(),
          verdict: row.reviewVerdict,
          comment: row.reviewComment,
        }
      : null,
  };
}
