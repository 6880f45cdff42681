/**
 * What a decision is compared with: all that is wanted, or on its way, in the slot on these agents. Its
 * `basis` is part of what goes to the page and comes back with the decision (`approvals/grounds.ts`):
 * another one means that the reviewer looked at a comparison that isn't so any more.
 */
import { sha256 } from '../domain/digests/sha256.ts';
import type { DeploymentState } from '../domain/deployments/machine.ts';
import { partColumns } from './health.ts';
import type { Db } from '../providers/database.ts';

interface Compared {
  id: string;
  orgId: string;
  slot: string;
  createdAt: Date;
  version: { number: number };
  agents: readonly { agentId: string }[];
}

/** States whose deployment runs, or will without anybody asking again. */
const COUNTING: DeploymentState[] = ['approved', 'building', 'deploying', 'active'];

export async function comparisonOf(db: Db, deployment: Compared) {
  return (await comparisonsOf(db, [deployment]))(deployment);
}

/** Of several deployments in one query. */
export async function comparisonsOf(db: Db, deployments: readonly Compared[]) {
  const all = await db.deploymentAgent.findMany({
    where: {
      orgId: { in: [...new Set(deployments.map(({ orgId }) => orgId))] },
      slot: { in: [...new Set(deployments.map(({ slot }) => slot))] },
      agentId: { in: deployments.flatMap(({ agents }) => agents.map((part) => part.agentId)) },
      supersededAt: null,
      // What failed on some agents stays where it was proved.
      OR: [
        { deployment: { state: { in: COUNTING } } },
        { desired: 'run', deployment: { state: 'failed' } },
      ],
    },
    include: {
      agent: { select: { name: true } },
      deployment: {
        include: {
          version: true,
          bundle: true,
          agents: { select: { ...partColumns, confirmedAt: true, supersededAt: true } },
        },
      },
    },
    orderBy: [{ agentId: 'asc' }, { deploymentId: 'asc' }],
  });
  return (deployment: Compared) => {
    const onAgents = new Set(deployment.agents.map((part) => part.agentId));
    const rows = all.filter(
      (row) =>
        row.orgId === deployment.orgId &&
        row.slot === deployment.slot &&
        onAgents.has(row.agentId) &&
        row.deploymentId !== deployment.id,
    );
    const others = [
      ...new Map(rows.map((row) => [row.deploymentId, row.deployment])).values(),
    ].sort((a, b) => b.createdAt.getTime() - a.createdAt.getTime());
    const running = others.filter(runs).sort((a, b) => (b.epoch ?? 0) - (a.epoch ?? 0))[0];
    const wantedOn = (other: (typeof others)[number]) =>
      rows
        .filter((row) => row.deploymentId === other.id && row.desired === 'run')
        // What is on its way is there where an agent proved it.
        .filter((row) => runs(other) || row.confirmedAt !== null)
        .map(({ agent }) => agent.name)
        .sort();
    return {
      basis: sha256(rows.map((row) => `${row.agentId} ${row.deploymentId}\n`).join('')),
      /** The newest that is active there; what a reviewer sees the difference from. */
      running: running ?? null,
      /** Other programs that are wanted on some of these agents, and on which. */
      alsoThere: others
        .filter((other) => !running || programOf(other) !== programOf(running))
        .map((other) => ({
          version: other.version,
          bundle: other.bundle,
          agents: wantedOn(other),
        }))
        .filter(({ agents }) => agents.length > 0),
      onTheWay: others.filter((other) => !runs(other)),
      goesBack: goesBack(deployment, others),
    };
  };
}

/** What runs, whoever asked for it and how often. */
const programOf = ({ version, bundle }: { version: { id: string }; bundle: { id: string } }) =>
  `${version.id} ${bundle.id}`;

const runs = ({ state }: { state: string }) => state === 'active' || state === 'failed';

/** Whether approving leads back: over what was asked for later, or is a later version. */
function goesBack(
  deployment: Compared,
  others: readonly { createdAt: Date; version: { number: number } }[],
): 'older_request' | 'older_version' | null {
  if (others.some((other) => other.createdAt > deployment.createdAt)) return 'older_request';
  const later = others.some((other) => other.version.number > deployment.version.number);
  return later ? 'older_version' : null;
}
