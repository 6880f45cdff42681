/** What an agent says about a deployment, kept apart by fact, with history; and what follows from it. */
import type { Actor } from '../audit/record.ts';
import { isFinal, type AttemptPhase } from '../domain/agents/phases.ts';
import { staysAfterAll } from '../domain/slots/wishes.ts';
import { uuidv7 } from '../ids/uuid.ts';
import { desire, giveUp, supersede } from '../deployment-state/desire.ts';
import { outcomeIn } from '../deployment-state/outcome.ts';
import { moveDeployment } from '../deployment-state/move.ts';
import { endRollbacks } from '../deployment-state/rolled-back.ts';
import type { Prisma } from '../db/generated/client.ts';
import type { Db } from '../providers/database.ts';
import type { Services } from '../services.ts';
import type { AuthenticatedAgent } from './authenticate.ts';

export interface Attempt {
  phase: AttemptPhase;
  epoch: number;
  code: string | null;
  message: string | null;
  at: Date;
  /** How often it went wrong in this way. */
  tries: number;
  /** When the agent tries again by itself. */
  nextTryAt: Date | null;
}

function agentActor(agent: { id: string; name: string }): Actor {
  return { kind: 'agent', id: agent.id, name: agent.name };
}

/** One agent's part of a deployment, or null when the agent has none. */
export function findPart(db: Db, agent: AuthenticatedAgent, deploymentId: string) {
  return db.deploymentAgent.findUnique({
    where: {
      orgId_deploymentId_agentId: { orgId: agent.orgId, deploymentId, agentId: agent.id },
    },
    include: { deployment: { include: { environment: true } } },
  });
}
export type Part = NonNullable<Awaited<ReturnType<typeof findPart>>>;

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
/** Agents send ids of their own making only by mistake; such an id is nobody's deployment. */
export const isId = (text: string): boolean => UUID.test(text);

/** Writes one row of history. */
export async function keepReport(
  db: Db,
  part: Part,
  report: { fact: 'attempted' | 'running'; value: string } & Partial<Attempt>,
  now: Date,
): Promise<void> {
  await db.agentReport.create({
    data: {
      id: uuidv7(),
      orgId: part.orgId,
      deploymentId: part.deploymentId,
      agentId: part.agentId,
      fact: report.fact,
      value: report.value,
      epoch: report.epoch ?? null,
      code: report.code ?? null,
      message: report.message ?? null,
      at: report.at ?? now,
      receivedAt: now,
    },
  });
}

/**
 * Takes an attempt's news. Confirms or fails this agent's part, and moves the deployment when all
 * confirmed or one failed for good: what is retried is told and decides nothing. Telling the same
 * again changes nothing. Returns whether anything changed that a page shows.
 */
export async function takeAttempt(
  services: Services,
  db: Db,
  agent: AuthenticatedAgent,
  part: Part,
  attempt: Attempt,
  now: Date,
): Promise<boolean> {
  const { deployment } = part;
  // An epoch that isn't this deployment's speaks of another bundle.
  if (deployment.epoch !== attempt.epoch) return false;
  const told =
    part.attemptedPhase === attempt.phase &&
    part.attemptedCode === attempt.code &&
    part.attemptedMessage === attempt.message;
  const same =
    told &&
    part.attemptedTries === attempt.tries &&
    part.attemptedNextAt?.getTime() === attempt.nextTryAt?.getTime();
  const data: Prisma.DeploymentAgentUncheckedUpdateInput = {};
  if (!same) {
    data.attemptedPhase = attempt.phase;
    data.attemptedCode = attempt.code;
    data.attemptedMessage = attempt.message;
    data.attemptedTries = attempt.tries;
    data.attemptedNextAt = attempt.nextTryAt;
    // It has moved since a person wanted it to.
    data.tryNowAt = null;
  }
  // A further try of the same is no news for the history: a full disk would fill it.
  if (!told) {
    data.attemptedAt = attempt.at;
    if (isFinal(attempt.phase)) Object.assign(data, failureOf(attempt, now));
    await keepReport(db, part, { fact: 'attempted', value: attempt.phase, ...attempt }, now);
  }
  // Active again after a crash: what went wrong stays in history, not on the page's face.
  if (attempt.phase === 'active' && part.failedAt && deployment.state === 'active') {
    data.failureCode = null;
    data.failureMessage = null;
    data.failedAt = null;
  }
  const changes = Object.keys(data).length > 0;
  if (changes) await db.deploymentAgent.update({ where: keyOf(part), data });
  const settled = await takeEnd(services, db, agent, part, attempt, now);
  return changes || settled;
}

/** What an agent's final word does to its part of a deployment that waits for it. */
export async function takeEnd(
  services: Services,
  db: Db,
  agent: AuthenticatedAgent,
  part: Part,
  attempt: Attempt,
  now: Date,
): Promise<boolean> {
  const { deployment } = part;
  // Nobody told this agent yet: its step of the rollout hasn't come.
  if (deployment.epoch !== attempt.epoch || part.desired === null) return false;
  const confirms = attempt.phase === 'active' && !part.confirmedAt;
  if (deployment.state !== 'deploying') {
    return confirms && (await tookAfterAll(services, db, agent, part, now));
  }
  const fails = isFinal(attempt.phase) && !part.failedAt;
  if (!confirms && !fails) return false;
  await db.deploymentAgent.update({
    where: keyOf(part),
    data: confirms ? { confirmedAt: now } : failureOf(attempt, now),
  });
  if (confirms) await tookIt(services, db, agent, deployment, now);
  await settle(services, db, agent, deployment, attempt, now);
  return true;
}

/** An agent proved a deployment: it took the place of what was there. */
async function tookIt(
  services: Services,
  db: Db,
  agent: AuthenticatedAgent,
  deployment: Part['deployment'],
  now: Date,
): Promise<void> {
  const left = await supersede(db, deployment, agent.id, now);
  await endRollbacks(services, db, left, agentActor(agent), now);
  for (const { id, orgId, environmentId } of left) {
    await services.live.publish(db, { type: 'deployment', id, orgId, environmentId }, now);
  }
}

/**
 * A deployment failed by another agent or was left while this one was on its way, and it proved it all
 * the same: it can't go back behind that epoch, so it stays, unless something newer is wanted there.
 */
async function tookAfterAll(
  services: Services,
  db: Db,
  agent: AuthenticatedAgent,
  part: Part,
  now: Date,
): Promise<boolean> {
  const { deployment } = part;
  if (deployment.state !== 'failed') return false;
  const rows = await db.deploymentAgent.findMany({
    where: { orgId: part.orgId, agentId: part.agentId, slot: part.slot, desired: { not: null } },
    select: { desired: true, held: true, deployment: { select: { epoch: true } } },
  });
  const wishes = rows.map((row) => ({ ...row, epoch: row.deployment.epoch ?? 0 }));
  if (!staysAfterAll(wishes, deployment.epoch ?? 0)) return false;
  await db.deploymentAgent.update({ where: keyOf(part), data: { confirmedAt: now } });
  await desire(db, deployment, [agent.id], null, now);
  await tookIt(services, db, agent, deployment, now);
  return true;
}

const failureOf = (attempt: Attempt, now: Date) => ({
  failedAt: now,
  failureCode: codeOf(attempt),
  failureMessage: messageOf(attempt),
});
const codeOf = (attempt: Attempt) => attempt.code ?? 'E_RUNTIME_FAILED';
const messageOf = (attempt: Attempt) => attempt.message ?? 'The agent gave no reason.';

/** A page that shows the deployment asks again. */
export async function tellOf(services: Services, db: Db, part: Part, now: Date): Promise<void> {
  const { environmentId } = part.deployment;
  await services.live.publish(
    db,
    { type: 'deployment', id: part.deploymentId, orgId: part.orgId, environmentId },
    now,
  );
}

/**
 * What runs began or ended: a page that shows what is wanted in its place says what runs there, and asks
 * again too.
 */
export async function tellOfSlot(services: Services, db: Db, part: Part, now: Date): Promise<void> {
  await tellOf(services, db, part, now);
  const { orgId, agentId, slot, deploymentId } = part;
  const wanted = await db.deploymentAgent.findMany({
    where: { orgId, agentId, slot, desired: 'run', deploymentId: { not: deploymentId } },
    select: { deploymentId: true },
  });
  for (const { deploymentId: id } of wanted) {
    const { environmentId } = part.deployment;
    await services.live.publish(db, { type: 'deployment', id, orgId, environmentId }, now);
  }
}

/** How Prisma finds a part again. */
export function keyOf({ orgId, deploymentId, agentId }: Part) {
  return { orgId_deploymentId_agentId: { orgId, deploymentId, agentId } };
}

/** Moves a deployment that is `deploying` once its agents have decided it. */
async function settle(
  services: Services,
  db: Db,
  agent: AuthenticatedAgent,
  deployment: Part['deployment'],
  attempt: Attempt,
  now: Date,
): Promise<void> {
  const outcome = await outcomeIn(db, deployment);
  const actor = agentActor(agent);
  if (outcome === 'failed') {
    const code = codeOf(attempt);
    const message = messageOf(attempt);
    await giveUp(db, deployment, now);
    await moveDeployment(
      services,
      db,
      deployment,
      {
        event: 'agent_failed',
        actor,
        code,
        reason: message,
        set: { failureCode: code, failureMessage: message },
      },
      now,
    );
  }
  if (outcome === 'active') {
    await moveDeployment(
      services,
      db,
      deployment,
      { event: 'agents_confirmed', actor, set: { activatedAt: now } },
      now,
    );
  }
}
