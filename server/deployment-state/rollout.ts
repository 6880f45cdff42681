/** The rollout of a deployment from its rows: it begins, goes on, and takes back what it rolls back. */
import type { Actor } from '../audit/record.ts';
import {
  AT_ONCE,
  inOrder,
  rolloutOf,
  waveOf,
  type Rollout,
  type RolloutPart,
  type RolloutSteps,
} from '../domain/deployments/rollout.ts';
import { tellPause } from '../notifications/of-deployments.ts';
import type { Compiler } from '../providers/compiler.ts';
import type { Db } from '../providers/database.ts';
import type { Services } from '../services.ts';
import { desire, giveUp } from './desire.ts';
import { factsOf, partColumns, type PartRow } from './health.ts';
import { moveDeployment } from './move.ts';
import { stepsIn } from './statement.ts';

/** Columns that a rollout is judged by. */
export const rolloutColumns = {
  ...partColumns,
  wave: true,
  confirmedAt: true,
  failedAt: true,
  passedOverAt: true,
} as const;

type RolloutRow = PartRow & Pick<RolloutPart, 'wave' | 'confirmedAt' | 'failedAt' | 'passedOverAt'>;

const partOf = (row: RolloutRow): RolloutPart => ({
  ...factsOf(row),
  wave: row.wave,
  confirmedAt: row.confirmedAt,
  failedAt: row.failedAt,
  passedOverAt: row.passedOverAt,
});

interface Spreading {
  statementText: string;
  rollbackOf: string | null;
}

/**
 * How a deployment spreads: as its statement binds it, which was approved. A roll back takes all agents
 * at once: steps keep what is new from going wrong everywhere, and it was proven on them.
 */
export function stepsOf(
  compiler: Compiler,
  { statementText, rollbackOf }: Spreading,
): RolloutSteps {
  return rollbackOf ? AT_ONCE : stepsIn(compiler.deploymentDecode(statementText).statement);
}

export function rolloutFrom(
  compiler: Compiler,
  deployment: Spreading & { agents: readonly RolloutRow[] },
  now: Date,
): Rollout {
  return rolloutOf(deployment.agents.map(partOf), stepsOf(compiler, deployment), now);
}

const include = {
  environment: true,
  agents: { select: rolloutColumns, orderBy: { agentId: 'asc' } },
} as const;

interface Ref {
  id: string;
  orgId: string;
}

const load = (db: Db, { id, orgId }: Ref) =>
  db.deployment.findUniqueOrThrow({ where: { orgId_id: { orgId, id } }, include });

/**
 * The bundle is there: sets the order of the agents, ends what is rolled back and a stop of the slot
 * that is older than the request, and tells the first agents.
 */
export async function beginRollout(
  services: Services,
  db: Db,
  ref: Ref,
  actor: Actor,
  now: Date,
): Promise<void> {
  const deployment = await load(db, ref);
  const { orgId, id } = deployment;
  const steps = stepsOf(services.compiler, deployment);
  const agents = inOrder(
    deployment.agents.map((part) => part.agent),
    now,
  );
  for (const [place, agent] of agents.entries()) {
    await db.deploymentAgent.update({
      where: { orgId_deploymentId_agentId: { orgId, deploymentId: id, agentId: agent.id } },
      data: { wave: waveOf(place, steps) },
    });
  }
  await endStop(db, deployment, now);
  if (deployment.rollbackOf) {
    await startRollback(services, db, { id: deployment.rollbackOf, orgId }, deployment, actor, now);
  }
  await goOn(services, db, ref, now);
}

/**
 * Tells the agents whose step has come. Answers whether there were some. Where all of its agents were
 * decommissioned it fails, rather than to wait for ever.
 */
export async function goOn(services: Services, db: Db, ref: Ref, now: Date): Promise<boolean> {
  const deployment = await load(db, ref);
  if (deployment.state !== 'deploying') return false;
  if (deployment.agents.every((part) => part.agent.decommissionedAt !== null)) {
    await endWithoutAgents(services, db, deployment, now);
    return false;
  }
  if (await isHeld(db, deployment)) return false;
  const { next, paused } = rolloutFrom(services.compiler, deployment, now);
  if (paused) await tellPause(services, db, deployment, paused.since, now);
  if (next.length === 0) return false;
  await desire(db, deployment, next, deployment.rollbackOf, now);
  const { id, orgId, environmentId } = deployment;
  await services.live.publish(db, { type: 'deployment', id, orgId, environmentId }, now);
  return true;
}

async function endWithoutAgents(
  services: Services,
  db: Db,
  deployment: Parameters<typeof moveDeployment>[2],
  now: Date,
): Promise<void> {
  const code = 'agents_decommissioned';
  const reason = 'All of its agents were decommissioned before they proved it.';
  const actor: Actor = { kind: 'system', id: null, name: 'Rollout' };
  await giveUp(db, deployment, now);
  const set = { failureCode: code, failureMessage: reason };
  await moveDeployment(services, db, deployment, { event: 'left', actor, code, reason, set }, now);
}

interface InSlot {
  id: string;
  orgId: string;
  environmentId: string;
  slot: string;
  createdAt: Date;
}

const slotOf = (db: Db, { orgId, environmentId, slot: name }: InSlot) =>
  db.slot.findUnique({
    where: { orgId_environmentId_name: { orgId, environmentId, name } },
    select: { stoppedAt: true },
  });

/** A slot that was stopped after this was asked for: nothing of it begins until it is resumed. */
async function isHeld(db: Db, deployment: InSlot): Promise<boolean> {
  const slot = await slotOf(db, deployment);
  return slot?.stoppedAt ? slot.stoppedAt >= deployment.createdAt : false;
}

/** What was asked for after the stop ends it, for itself: what was held stays down. */
async function endStop(db: Db, deployment: InSlot, now: Date): Promise<void> {
  const slot = await slotOf(db, deployment);
  if (!slot?.stoppedAt || slot.stoppedAt >= deployment.createdAt) return;
  const { orgId, environmentId, slot: name } = deployment;
  await db.slot.update({
    where: { orgId_environmentId_name: { orgId, environmentId, name } },
    data: { stoppedAt: null, stoppedBy: null, stoppedReason: null },
  });
  const held = await db.deploymentAgent.findMany({
    where: { orgId, slot: name, held: { not: null }, deployment: { environmentId } },
    select: { deploymentId: true },
  });
  await db.deploymentAgent.updateMany({
    where: { orgId, slot: name, held: { not: null }, deployment: { environmentId } },
    data: { held: null, supersededAt: now },
  });
  for (const id of new Set(held.map((row) => row.deploymentId))) {
    const open = await db.deploymentAgent.count({
      where: { orgId, deploymentId: id, supersededAt: null },
    });
    if (open > 0) continue;
    await db.deployment.update({
      where: { orgId_id: { orgId, id } },
      data: { supersededAt: now, supersededBy: deployment.id },
    });
  }
}

/** The deployment that is left: on its way out from now on, and rolled back when its agents prove it. */
async function startRollback(
  services: Services,
  db: Db,
  ref: Ref,
  by: { id: string; epoch: number | null },
  actor: Actor,
  now: Date,
): Promise<void> {
  const left = await load(db, ref);
  const reason = `Rolled back by a deployment with epoch ${by.epoch ?? 0}.`;
  let state = left.state;
  if (state === 'deploying') {
    const code = 'rolled_back';
    const set = { failureCode: code, failureMessage: reason };
    state = await moveDeployment(
      services,
      db,
      left,
      { event: 'left', actor, code, reason, set },
      now,
    );
  }
  if (state !== 'active' && state !== 'failed') return;
  await moveDeployment(
    services,
    db,
    { ...left, state },
    { event: 'rollback_started', actor, reason },
    now,
  );
}
