import type { Db } from '../providers/database.ts';

interface SlotOfAgents {
  orgId: string;
  environmentId: string;
  slot: string;
  agentIds: readonly string[];
}

/** The deployment that is active in a slot on any of these agents, with all that a diff needs. */
export async function runningInSlot(db: Db, where: SlotOfAgents) {
  return db.deployment.findFirst({
    where: {
      orgId: where.orgId,
      environmentId: where.environmentId,
      slot: where.slot,
      state: 'active',
      agents: { some: { agentId: { in: [...where.agentIds] }, supersededAt: null } },
    },
    orderBy: { epoch: 'desc' },
    include: { version: true, bundle: true },
  });
}
