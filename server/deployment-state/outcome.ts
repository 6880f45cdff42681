/** How a deployment that is on its way comes out, from its agents' parts. */
import type { Actor } from '../audit/record.ts';
import { outcomeOf } from '../domain/deployments/machine.ts';
import type { Db } from '../providers/database.ts';
import type { Services } from '../services.ts';
import { moveDeployment } from './move.ts';
import { goOn } from './rollout.ts';

interface Ref {
  id: string;
  orgId: string;
}

export async function outcomeIn(db: Db, { id, orgId }: Ref) {
  const parts = await db.deploymentAgent.findMany({
    where: { orgId, deploymentId: id },
    select: {
      confirmedAt: true,
      failedAt: true,
      agent: { select: { decommissionedAt: true } },
    },
  });
  return outcomeOf(
    parts.map((part) => ({
      confirmed: part.confirmedAt !== null,
      failed: part.failedAt !== null,
      gone: part.agent.decommissionedAt !== null,
    })),
  );
}

/**
 * An agent was decommissioned in the middle of a rollout: what waited for it goes on without it, is
 * active, or, where no agent is left, is over. Answers the deployments.
 */
export async function goOnWithout(
  services: Services,
  db: Db,
  agent: { id: string; orgId: string },
  actor: Actor,
  now: Date,
): Promise<string[]> {
  const deploying = await db.deployment.findMany({
    where: {
      orgId: agent.orgId,
      state: 'deploying',
      agents: { some: { agentId: agent.id } },
    },
    include: { environment: true },
  });
  for (const deployment of deploying) {
    const outcome = await outcomeIn(db, deployment);
    if (outcome === 'active') {
      const move = { event: 'agents_confirmed', actor, set: { activatedAt: now } } as const;
      await moveDeployment(services, db, deployment, move, now);
    } else {
      await goOn(services, db, deployment, now);
    }
  }
  return deploying.map(({ id }) => id);
}
