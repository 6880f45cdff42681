/** The answer to a heartbeat: what each slot of the agent should do. */
import { desiredOf } from '../domain/agents/desired.ts';
import type { Db } from '../providers/database.ts';
import type { AuthenticatedAgent } from './authenticate.ts';
import type { HeartbeatBody } from './protocol.ts';

export async function desiredFor(db: Db, agent: AuthenticatedAgent, body: HeartbeatBody) {
  const rows = await db.deploymentAgent.findMany({
    where: {
      orgId: agent.orgId,
      agentId: agent.id,
      OR: [{ desired: 'run' }, { held: 'run' }],
    },
    select: {
      desired: true,
      tryNowAt: true,
      slot: true,
      deployment: { select: { id: true, epoch: true, bundleHash: true } },
    },
  });
  const entryOf = ({ slot, deployment }: (typeof rows)[number]) => ({
    slot,
    deploymentId: deployment.id,
    epoch: deployment.epoch ?? 0,
    bundleHash: deployment.bundleHash ?? '',
  });
  const desired = desiredOf(
    rows.filter((row) => row.desired === 'run').map(entryOf),
    body.slots.flatMap(({ slot, running }) =>
      running
        ? [
            {
              slot,
              deploymentId: running.deployment_id,
              epoch: running.epoch,
              bundleHash: running.bundle_hash,
            },
          ]
        : [],
    ),
    rows.filter((row) => row.desired !== 'run').map(entryOf),
  );
  const tryNow = new Map(rows.map((row) => [row.deployment.id, row.tryNowAt]));
  return desired.map((one) => {
    const at = tryNow.get(one.deploymentId);
    return {
      slot: one.slot,
      deployment_id: one.deploymentId,
      epoch: one.epoch,
      bundle_hash: one.bundleHash,
      state: one.state,
      ...(at ? { try_now: at.toISOString() } : {}),
    };
  });
}
