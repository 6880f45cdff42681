/** Deployments as the page sees them. */
import type { DeploymentState } from '../domain/deployments/machine.ts';

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
  failureCode: string | null;
  failureMessage: string | null;
  requestedBy: string;
  version: { id: string; number: number; name: string; specHash: string };
  bundle: { id: string; name: string };
  agents: { agent: { id: string; name: string } }[];
}

/** What a list needs of its rows. */
export const listInclude = {
  version: { select: { id: true, number: true, name: true, specHash: true } },
  bundle: { select: { id: true, name: true } },
  agents: { select: { agent: { select: { id: true, name: true } } } },
} as const;

export function deploymentListView(
  row: ListRow,
  names: (userId: string) => { id: string; name: string },
) {
  return {
    id: row.id,
    environmentId: row.environmentId,
    slot: row.slot,
    state: row.state as DeploymentState,
    digest: row.digest,
    epoch: row.epoch,
    comment: row.comment,
    version: row.version,
    bundle: row.bundle,
    agents: row.agents.map((one) => one.agent),
    requestedBy: names(row.requestedBy),
    createdAt: row.createdAt.toISOString(),
    activatedAt: row.activatedAt?.toISOString() ?? null,
    supersededAt: row.supersededAt?.toISOString() ?? null,
    supersededBy: row.supersededBy,
    failure: row.failureCode ? { code: row.failureCode, message: row.failureMessage ?? '' } : null,
  };
}
