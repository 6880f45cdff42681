/**
 * What agents are told to run: the one writer of `desired`. The rules are `domain/slots/wishes.ts`;
 * here they are applied to the rows of a slot, agent by agent, and kept in the history. That at most one
 * deployment of a slot of an agent is `run`, the database holds too.
 */
import { uuidv7 } from '../ids/uuid.ts';
import type { DesiredState } from '../domain/deployments/health.ts';
import * as wishes from '../domain/slots/wishes.ts';
import type { Db } from '../providers/database.ts';

interface Wanted {
  id: string;
  orgId: string;
  slot: string;
}

interface SlotOf {
  orgId: string;
  environmentId: string;
  slot: string;
}

type Rule = (all: readonly wishes.Wish[]) => wishes.Changes;

/** Applies a rule to each of these agents' slot. Answers the deployments whose wishes changed. */
async function apply(
  db: Db,
  where: { orgId: string; slot: string; agentIds: readonly string[]; id?: string },
  rule: Rule,
  now: Date,
): Promise<string[]> {
  const { orgId, slot, agentIds, id } = where;
  const rows = await db.deploymentAgent.findMany({
    where: {
      orgId,
      agentId: { in: [...agentIds] },
      slot,
      OR: [
        { desired: { in: ['run', 'fallback'] } },
        { held: { not: null } },
        ...(id ? [{ deploymentId: id }] : []),
      ],
    },
    select: {
      agentId: true,
      deploymentId: true,
      desired: true,
      held: true,
      confirmedAt: true,
      deployment: { select: { epoch: true, rollbackOf: true } },
    },
  });
  const changed = new Set<string>();
  for (const agentId of agentIds) {
    const own = rows.filter((row) => row.agentId === agentId);
    const changes = rule(
      own.map((row) => ({
        deploymentId: row.deploymentId,
        epoch: row.deployment.epoch ?? 0,
        desired: row.desired,
        held: row.held,
        confirmed: row.confirmedAt !== null,
        rollback: row.deployment.rollbackOf !== null,
      })),
    );
    // What becomes `run` comes last: never two of them, not even for a moment.
    const inTurn = [...changes].sort(
      ([, a], [, b]) => Number(a.desired === 'run') - Number(b.desired === 'run'),
    );
    for (const [deploymentId, { desired, held }] of inTurn) {
      const row = own.find((one) => one.deploymentId === deploymentId);
      if (!row || (row.desired === desired && row.held === held)) continue;
      await set(
        db,
        { orgId, agentId, deploymentId, epoch: row.deployment.epoch },
        desired,
        held,
        now,
      );
      changed.add(deploymentId);
    }
  }
  return [...changed];
}

/** Writes the wish of one agent, and keeps it in the history. */
async function set(
  db: Db,
  row: { orgId: string; agentId: string; deploymentId: string; epoch: number | null },
  desired: DesiredState,
  held: DesiredState | null,
  now: Date,
): Promise<void> {
  const { orgId, deploymentId, agentId, epoch } = row;
  await db.deploymentAgent.update({
    where: { orgId_deploymentId_agentId: { orgId, deploymentId, agentId } },
    data: { desired, held, desiredAt: now, tryNowAt: null },
  });
  await db.agentReport.create({
    data: {
      id: uuidv7(),
      orgId,
      deploymentId,
      agentId,
      fact: 'desired',
      value: desired,
      epoch,
      at: now,
      receivedAt: now,
    },
  });
}

const agentsOf = async (db: Db, { id, orgId }: Wanted): Promise<string[]> =>
  (
    await db.deploymentAgent.findMany({
      where: { orgId, deploymentId: id },
      select: { agentId: true },
    })
  ).map((row) => row.agentId);

/** Makes a deployment the desired one on some of its agents; `leaving` is what it rolls back. */
export async function desire(
  db: Db,
  { id, orgId, slot }: Wanted,
  agentIds: readonly string[],
  leaving: string | null,
  now: Date,
): Promise<void> {
  await apply(db, { orgId, slot, agentIds, id }, (all) => wishes.want(all, id, leaving), now);
}

/** Ends the wish for a deployment where it isn't proved; what stood by for it is desired again. */
export async function giveUp(db: Db, deployment: Wanted, now: Date): Promise<void> {
  const { id, orgId, slot } = deployment;
  const agentIds = await agentsOf(db, deployment);
  await apply(db, { orgId, slot, agentIds, id }, (all) => wishes.giveUp(all, id), now);
}

/** Ends the wish for a deployment everywhere: it must not run any more. */
export async function forbid(db: Db, deployment: Wanted, now: Date): Promise<void> {
  const { id, orgId, slot } = deployment;
  const agentIds = await agentsOf(db, deployment);
  await apply(db, { orgId, slot, agentIds, id }, (all) => wishes.forbid(all, id), now);
}

/** Nothing is desired in a slot any more. Answers the deployments that were. */
export async function hold(db: Db, slot: SlotOf, now: Date): Promise<string[]> {
  return apply(db, await wholeSlot(db, slot), wishes.hold, now);
}

/** What was desired when the slot was stopped is so again. Answers the deployments. */
export async function resume(db: Db, slot: SlotOf, now: Date): Promise<string[]> {
  return apply(db, await wholeSlot(db, slot), wishes.resume, now);
}

async function wholeSlot(db: Db, { orgId, environmentId, slot }: SlotOf) {
  const rows = await db.deploymentAgent.findMany({
    where: {
      orgId,
      slot,
      deployment: { environmentId },
      OR: [{ desired: { in: ['run', 'fallback'] } }, { held: { not: null } }],
    },
    distinct: ['agentId'],
    select: { agentId: true },
  });
  return { orgId, slot, agentIds: rows.map((row) => row.agentId) };
}

export interface Left {
  id: string;
  orgId: string;
  environmentId: string;
  slot: string;
  epoch: number | null;
  state: string;
  environment: { projectId: string };
  /** No agent is left on which nothing newer took its place. */
  everywhere: boolean;
}

/**
 * An agent proved a deployment: what was there before is history on it, and it can't go back behind this
 * epoch. Answers what it took the place of.
 */
export async function supersede(
  db: Db,
  by: Wanted & { epoch: number | null },
  agentId: string,
  now: Date,
): Promise<Left[]> {
  const { id, orgId, slot } = by;
  await apply(db, { orgId, slot, agentIds: [agentId], id }, (all) => wishes.settle(all, id), now);
  const rows = await db.deploymentAgent.findMany({
    where: {
      orgId,
      agentId,
      slot,
      deploymentId: { not: id },
      supersededAt: null,
      deployment: {
        epoch: { lt: by.epoch ?? 0 },
        OR: [
          { state: { in: ['active', 'rolling_back'] } },
          { state: 'failed', agents: { some: { agentId, confirmedAt: { not: null } } } },
        ],
      },
    },
    select: { deploymentId: true },
  });
  const left: Left[] = [];
  for (const { deploymentId } of rows) {
    await db.deploymentAgent.update({
      where: { orgId_deploymentId_agentId: { orgId, deploymentId, agentId } },
      // The agent confirmed the newer one in this slot, so this one doesn't run there any more.
      data: {
        supersededAt: now,
        runningSince: null,
        runningEpoch: null,
        runningReportedAt: null,
        ...NO_DRIFT,
      },
    });
    const open = await db.deploymentAgent.count({
      where: { orgId, deploymentId, supersededAt: null },
    });
    const deployment = await db.deployment.findUniqueOrThrow({
      where: { orgId_id: { orgId, id: deploymentId } },
      include: { environment: true },
    });
    if (open === 0) {
      await db.deployment.update({
        where: { orgId_id: { orgId, id: deploymentId } },
        data: { supersededAt: now, supersededBy: id },
      });
    }
    left.push({ ...deployment, everywhere: open === 0 });
  }
  return left;
}

/** Columns of an agent that proves what is wanted of it. */
export const NO_DRIFT = { driftEpoch: null, driftDeploymentId: null, driftSince: null } as const;

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
      OR: [
        { desired: { in: ['run', 'fallback'] } },
        { held: { not: null } },
        { runningSince: { not: null } },
        // A roll back waits to hear that this agent left it, though nothing of it is wanted there.
        { supersededAt: null, deployment: { state: 'rolling_back' } },
      ],
    },
    select: { deploymentId: true, slot: true },
  });
  for (const slot of new Set(rows.map((row) => row.slot))) {
    await apply(db, { orgId, slot, agentIds: [agentId] }, wishes.abandon, now);
  }
  for (const { deploymentId } of rows) {
    await db.deploymentAgent.update({
      where: { orgId_deploymentId_agentId: { orgId, deploymentId, agentId } },
      data: { supersededAt: now, runningSince: null, runningEpoch: null, ...NO_DRIFT },
    });
    const open = await db.deploymentAgent.count({
      where: { orgId, deploymentId, supersededAt: null },
    });
    if (open > 0) continue;
    await db.deployment.updateMany({
      where: { orgId, id: deploymentId, state: 'active', supersededAt: null },
      data: { supersededAt: now, stoppedAt: now, stoppedBy: by },
    });
  }
  return [...new Set(rows.map((row) => row.deploymentId))];
}
