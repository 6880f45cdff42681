/** The answer to a heartbeat: what each slot of the agent should do. */
import { desiredOf } from '../domain/agents/desired.ts';
import { sha256 } from '../domain/digests/sha256.ts';
import { askedTrials } from './asked-trials.ts';
import type { Db } from '../providers/database.ts';
import type { AuthenticatedAgent } from './authenticate.ts';
import type { HeartbeatBody } from './protocol.ts';

/** What people want of these agents; in one order, so that its digest is one. */
export function desiredRows(db: Db, agents: readonly { id: string; orgId: string }[]) {
  return db.deploymentAgent.findMany({
    where: {
      // Ids are one agent's wherever it is; the organization is there for the index.
      orgId: { in: [...new Set(agents.map((agent) => agent.orgId))] },
      agentId: { in: agents.map((agent) => agent.id) },
      OR: [{ desired: 'run' }, { held: 'run' }],
    },
    select: {
      agentId: true,
      desired: true,
      tryNowAt: true,
      slot: true,
      deployment: { select: { id: true, epoch: true, bundleHash: true } },
    },
    orderBy: [{ agentId: 'asc' }, { slot: 'asc' }, { deploymentId: 'asc' }],
  });
}
type DesiredRow = Awaited<ReturnType<typeof desiredRows>>[number];

/**
 * Of what is wanted of one agent: another one as soon as a heartbeat would be answered with something
 * else.
 */
export function desiredDigest(
  rows: readonly DesiredRow[],
  trials: readonly { id: string }[],
): string {
  return sha256(
    JSON.stringify([
      ...rows.map(({ slot, desired, tryNowAt, deployment: { id, epoch, bundleHash } }) => [
        slot,
        desired,
        tryNowAt,
        id,
        epoch,
        bundleHash,
      ]),
      ...trials.slice(0, 1).map(({ id }) => id),
    ]),
  );
}

export async function desiredFor(
  db: Db,
  agent: AuthenticatedAgent,
  body: HeartbeatBody,
  now: Date,
) {
  const rows = await desiredRows(db, [agent]);
  const trials = await askedTrials(db, [agent], now);
  const [trial] = trials;
  const entryOf = ({ slot, deployment }: DesiredRow) => ({
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
  return {
    desired: desired.map((one) => {
      const at = tryNow.get(one.deploymentId);
      return {
        slot: one.slot,
        deployment_id: one.deploymentId,
        epoch: one.epoch,
        bundle_hash: one.bundleHash,
        state: one.state,
        ...(at ? { try_now: at.toISOString() } : {}),
      };
    }),
    ...(trial ? { connection_trial: { trial_id: trial.id } } : {}),
    desired_digest: desiredDigest(rows, trials),
  };
}
