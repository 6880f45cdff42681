/** What agents prove to run in a slot beside a deployment: after a fall back, a drift, or before its step. */
import type { Db } from '../providers/database.ts';

interface Place {
  id: string;
  orgId: string;
  slot: string;
  agents: readonly { agentId: string }[];
}

interface Instead {
  deploymentId: string;
  version: number;
  epoch: number | null;
}

/**
 * By agent, the other deployment of the slot that its last heartbeat proved to run. A silent agent keeps
 * what it last proved; whether that is so still, nobody knows.
 */
export async function provedInstead(
  db: Db,
  { id, orgId, slot, agents }: Place,
): Promise<ReadonlyMap<string, Instead>> {
  const rows = await db.deploymentAgent.findMany({
    where: {
      orgId,
      slot,
      agentId: { in: agents.map((part) => part.agentId) },
      deploymentId: { not: id },
      runningSince: { not: null },
    },
    select: {
      agentId: true,
      deploymentId: true,
      deployment: { select: { epoch: true, version: { select: { number: true } } } },
    },
  });
  return new Map(
    rows.map(({ agentId, deploymentId, deployment }) => [
      agentId,
      { deploymentId, version: deployment.version.number, epoch: deployment.epoch },
    ]),
  );
}
