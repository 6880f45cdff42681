/** Deployments as the page sees them. */
import { brokenGlass, type BrokenGlass } from '../domain/approvals/broken-glass.ts';
import type { DeploymentState } from '../domain/deployments/machine.ts';
import { healthView, partColumns, type PartRow } from '../deployment-state/health.ts';

interface ListRow {
  id: string;
  environmentId: string;
  slot: string;
  state: string;
  digest: string;
  epoch: number | null;
  comment: string;
  createdAt: Date;
  activatedAt: Date | null;
  supersededAt: Date | null;
  supersededBy: string | null;
  stoppedAt: Date | null;
  rollbackOf: string | null;
  restores: string | null;
  againOf: string | null;
  expedited: boolean;
  leftAt: Date | null;
  failureCode: string | null;
  failureMessage: string | null;
  requestedBy: string;
  version: { id: string; number: number; name: string; specHash: string };
  bundle: { id: string; number: number; name: string };
  agents: (PartRow & { agent: { id: string; name: string } })[];
  approval: BrokenGlass | null;
}

/** One line of what an agent was told, tried, or proved. */
export function reportView(report: {
  id: string;
  fact: string;
  value: string;
  epoch: number | null;
  code: string | null;
  message: string | null;
  at: Date;
}) {
  const { id, value, epoch, code, message, at } = report;
  return {
    id,
    fact: report.fact as 'desired' | 'attempted' | 'running',
    value,
    /** Of what was wanted, tried or proved: another one's where an agent proved another one. */
    epoch,
    code,
    message,
    at: at.toISOString(),
  };
}

/** What a list needs of its rows. */
export const listInclude = {
  version: { select: { id: true, number: true, name: true, specHash: true } },
  bundle: { select: { id: true, number: true, name: true } },
  agents: { select: partColumns, orderBy: { agentId: 'asc' } },
  approval: { select: { breakGlass: true, reviewVerdict: true } },
} as const;

export function deploymentListView(
  row: ListRow,
  names: (userId: string) => { id: string; name: string },
  now: Date,
) {
  return {
    id: row.id,
    environmentId: row.environmentId,
    slot: row.slot,
    /** What was decided. Whether it runs is {@link health}. */
    state: row.state as DeploymentState,
    health: healthView(row.agents, now),
    digest: row.digest,
    brokenGlass: brokenGlass(row.approval),
    epoch: row.epoch,
    comment: row.comment,
    version: row.version,
    bundle: row.bundle,
    agents: row.agents.map(({ agent }) => ({ id: agent.id, name: agent.name })),
    requestedBy: names(row.requestedBy),
    createdAt: row.createdAt.toISOString(),
    activatedAt: row.activatedAt?.toISOString() ?? null,
    supersededAt: row.supersededAt?.toISOString() ?? null,
    supersededBy: row.supersededBy,
    /** Its slot was stopped with it: nothing is desired there. */
    stoppedAt: row.stoppedAt?.toISOString() ?? null,
    /** Resuming its slot lets it run again. */
    held: row.agents.some(({ held }) => held !== null),
    /** It rolls that deployment back, to what that other one had proven. */
    rollbackOf: row.rollbackOf,
    restores: row.restores,
    /** It asks for the same as that one once more. */
    againOf: row.againOf,
    expedited: row.expedited,
    leftAt: row.leftAt?.toISOString() ?? null,
    failure: row.failureCode ? { code: row.failureCode, message: row.failureMessage ?? '' } : null,
  };
}
