/**
 * What agents are told to run: the one writer of `desired`. Of a slot of an agent at most one
 * deployment is `run` (the database holds it too); what was, stands by as `fallback` while a newer one
 * is tried, and comes back when that one ends.
 */
import { uuidv7 } from '../ids/uuid.ts';
import type { DesiredState } from '../domain/deployments/health.ts';
import type { Db } from '../providers/database.ts';

interface Wanted {
  id: string;
  orgId: string;
  slot: string;
  epoch: number | null;
}

interface Row {
  orgId: string;
  deploymentId: string;
  agentId: string;
  deployment: { epoch: number | null };
}
const WITH_EPOCH = { deployment: { select: { epoch: true } } } as const;

/** Writes the wish of one agent, and keeps it in the history. */
async function set(db: Db, row: Row, desired: DesiredState, now: Date): Promise<void> {
  const { orgId, deploymentId, agentId } = row;
  await db.deploymentAgent.update({
    where: { orgId_deploymentId_agentId: { orgId, deploymentId, agentId } },
    data: { desired, desiredAt: now },
  });
  await db.agentReport.create({
    data: {
      id: uuidv7(),
      orgId,
      deploymentId,
      agentId,
      fact: 'desired',
      value: desired,
      epoch: row.deployment.epoch,
      at: now,
      receivedAt: now,
    },
  });
}

/** Makes a deployment the desired one of its slot on all its agents. */
export async function desire(db: Db, deployment: Wanted, now: Date): Promise<void> {
  const { id, orgId, slot } = deployment;
  const rows = await db.deploymentAgent.findMany({
    where: { orgId, deploymentId: id },
    include: WITH_EPOCH,
  });
  const agentId = { in: rows.map((row) => row.agentId) };
  const before = await db.deploymentAgent.findMany({
    where: { orgId, agentId, slot, desired: 'run', deploymentId: { not: id } },
    include: WITH_EPOCH,
  });
  for (const row of before) await set(db, row, 'fallback', now);
  for (const row of rows) await set(db, row, 'run', now);
}

/** Ends the wish for a deployment; what stood by for it is desired again. */
export async function undesire(db: Db, deployment: Wanted, now: Date): Promise<void> {
  const { id, orgId, slot } = deployment;
  const rows = await db.deploymentAgent.findMany({
    where: { orgId, deploymentId: id, desired: { in: ['run', 'fallback'] } },
    include: WITH_EPOCH,
  });
  for (const row of rows) {
    await set(db, row, 'stop', now);
    if (row.desired !== 'run') continue;
    const standby = await db.deploymentAgent.findFirst({
      where: { orgId, agentId: row.agentId, slot, desired: 'fallback' },
      include: WITH_EPOCH,
      orderBy: { deployment: { epoch: 'desc' } },
    });
    if (standby) await set(db, standby, 'run', now);
  }
}

/** A deployment is active on these agents: what stood by for it there is history. */
export async function supersede(db: Db, by: Wanted, agentIds: string[], now: Date) {
  const { orgId, slot } = by;
  const rows = await db.deploymentAgent.findMany({
    where: {
      orgId,
      agentId: { in: agentIds },
      slot,
      deploymentId: { not: by.id },
      supersededAt: null,
      deployment: { state: 'active' },
    },
    include: { deployment: { select: { epoch: true, environmentId: true } } },
  });
  for (const row of rows) {
    await set(db, row, 'stop', now);
    const { deploymentId, agentId } = row;
    await db.deploymentAgent.update({
      where: { orgId_deploymentId_agentId: { orgId, deploymentId, agentId } },
      // The agent confirmed the newer one in this slot, so this one doesn't run there any more.
      data: { supersededAt: now, runningSince: null, runningEpoch: null, runningReportedAt: null },
    });
  }
  const superseded = [...new Map(rows.map((row) => [row.deploymentId, row.deployment]))];
  for (const [id] of superseded) {
    const left = await db.deploymentAgent.count({
      where: { orgId, deploymentId: id, supersededAt: null },
    });
    if (left > 0) continue;
    await db.deployment.update({
      where: { orgId_id: { orgId, id } },
      data: { supersededAt: now, supersededBy: by.id },
    });
  }
  return superseded.map(([id, { environmentId }]) => ({ id, environmentId }));
}

/**
 * Gives up what an agent was told to run, because it will never be heard again. A deployment that is
 * left without an agent has been stopped by whoever did it. Answers the deployments.
 */
export async function abandon(
  db: Db,
  agent: { id: string; orgId: string },
  by: string,
  now: Date,
): Promise<string[]> {
  const { orgId, id: agentId } = agent;
  const rows = await db.deploymentAgent.findMany({
    where: {
      orgId,
      agentId,
      OR: [{ desired: { in: ['run', 'fallback'] } }, { runningSince: { not: null } }],
    },
    include: WITH_EPOCH,
  });
  for (const row of rows) {
    const { deploymentId } = row;
    if (row.desired !== 'stop') await set(db, row, 'stop', now);
    await db.deploymentAgent.update({
      where: { orgId_deploymentId_agentId: { orgId, deploymentId, agentId } },
      data: { supersededAt: now, runningSince: null, runningEpoch: null },
    });
    const left = await db.deploymentAgent.count({
      where: { orgId, deploymentId, supersededAt: null },
    });
    if (left > 0) continue;
    await db.deployment.updateMany({
      where: { orgId, id: deploymentId, state: 'active', supersededAt: null },
      data: { supersededAt: now, stoppedAt: now, stoppedBy: by },
    });
  }
  return [...new Set(rows.map((row) => row.deploymentId))];
}
