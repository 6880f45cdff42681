/** What stands beside a request while somebody decides it: other requests, cases, agents, numbers. */
import type { pathsOf } from '../bundles/paths.ts';
import { agentStatus } from '../domain/agents/status.ts';
import { isUnder } from '../domain/deployments/refusals.ts';
import type { CaseFinding, PageCase } from '../case-findings.ts';
import { namesOf } from '../members/names.ts';
import type { Db } from '../providers/database.ts';
import type { CountersReport } from '../../src/lib/compiler/types.ts';

interface Asked {
  id: string;
  orgId: string;
  environmentId: string;
  slot: string;
}

/** Others who wait for a decision about the same slot, oldest first. */
export async function otherRequests(db: Db, deployment: Asked) {
  const rows = await db.approval.findMany({
    where: {
      orgId: deployment.orgId,
      environmentId: deployment.environmentId,
      state: 'pending',
      deploymentId: { not: deployment.id },
      deployment: { slot: deployment.slot },
    },
    orderBy: { requestedAt: 'asc' },
    select: {
      id: true,
      requestedBy: true,
      requestedAt: true,
      deployment: { select: { version: { select: { id: true, number: true } } } },
    },
  });
  const names = await namesOf(
    db,
    rows.map((row) => row.requestedBy),
  );
  return rows.map((row) => ({
    id: row.id,
    version: row.deployment.version,
    requestedBy: names(row.requestedBy),
    requestedAt: row.requestedAt.toISOString(),
  }));
}

/** What is known of a version's cases: what the server found, and what only a page says it saw. */
export async function casesOf(
  db: Db,
  version: { id: string; orgId: string; cases: unknown; pageCases: unknown },
) {
  const run = await db.caseRun.findFirst({
    where: { versionId: version.id, orgId: version.orgId },
  });
  const findings = (run?.outcomes ?? []) as unknown as CaseFinding[];
  return {
    /** Cases that stand with the version; the server runs these. */
    of: Object.keys(version.cases as object).length,
    /** null: the server hasn't run them yet, or there are none. */
    run: run && {
      at: run.ranAt.toISOString(),
      passing: findings.filter(({ outcome }) => outcome.kind === 'passes').length,
      failing: findings.filter(({ outcome }) => outcome.kind !== 'passes').map(({ name }) => name),
    },
    /** Cases that nobody but the page of whoever made the version ran. */
    pageOnly: (version.pageCases as unknown as PageCase[]).length,
  };
}

interface AgentRow {
  id: string;
  name: string;
  hostName: string;
  specFeatures: string[];
  allowedRoots: string[];
  lastHeartbeatAt: Date | null;
  decommissionedAt: Date | null;
}

/** An agent of the request: whether it is there, and what of the request it couldn't do. */
export function agentBeside(
  agent: AgentRow,
  asked: { features: readonly string[]; paths: ReturnType<typeof pathsOf> },
  now: Date,
) {
  return {
    id: agent.id,
    name: agent.name,
    hostName: agent.hostName,
    status: agentStatus(agent, now),
    lastHeartbeatAt: agent.lastHeartbeatAt?.toISOString() ?? null,
    /** Features that it would need and doesn't have. */
    lacks: asked.features.filter((feature) => !agent.specFeatures.includes(feature)),
    /** Paths that its owner doesn't allow. */
    outside: asked.paths
      .map(({ path }) => path)
      .filter((path) => !agent.allowedRoots.some((root) => isUnder(path, root))),
  };
}

/** What a deployment counted since its activation, over its agents; null while none told. */
export async function countedBy(db: Db, deployment: { id: string; orgId: string }) {
  const parts = await db.deploymentAgent.findMany({
    where: { orgId: deployment.orgId, deploymentId: deployment.id },
    select: { counters: true },
  });
  const told = parts.flatMap(({ counters }) =>
    counters === null ? [] : [(counters as unknown as CountersReport).since_activation],
  );
  if (told.length === 0) return null;
  const sum = (of: 'records_in' | 'rejected') => told.reduce((all, one) => all + one[of], 0);
  return { recordsIn: sum('records_in'), rejected: sum('rejected') };
}
