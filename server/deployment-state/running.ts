import type { Db } from '../providers/database.ts';

interface SlotOfAgents {
  orgId: string;
  environmentId: string;
  slot: string;
  agentIds: readonly string[];
}

/**
 * The deployments that are wanted to run in a slot on any of these agents, the newest first: more than one
 * where agents run different programs.
 */
export async function runningInSlot(db: Db, where: SlotOfAgents) {
  const agentId = { in: [...where.agentIds] };
  return db.deployment.findMany({
    where: {
      orgId: where.orgId,
      environmentId: where.environmentId,
      slot: where.slot,
      OR: [
        { state: 'active', agents: { some: { agentId, supersededAt: null } } },
        // What failed on some agents stays where it was proved.
        { state: 'failed', agents: { some: { agentId, desired: 'run' } } },
      ],
    },
    orderBy: { epoch: 'desc' },
    include: { version: true, bundle: true },
  });
}
