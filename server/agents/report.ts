/** What an agent says about a deployment, kept apart by fact, with history; and what follows from it. */
import type { Actor } from '../audit/record.ts';
import { outcomeOf } from '../domain/deployments/machine.ts';
import { uuidv7 } from '../ids/uuid.ts';
import { moveDeployment } from '../deployments/move.ts';
import type { Prisma } from '../db/generated/client.ts';
import type { Db } from '../providers/database.ts';
import type { Services } from '../services.ts';
import type { AuthenticatedAgent } from './authenticate.ts';

export interface Attempt {
  phase: 'fetching' | 'verifying' | 'starting' | 'active' | 'failed';
  epoch: number;
  code: string | null;
  message: string | null;
  at: Date;
}

export function agentActor(agent: { id: string; name: string }): Actor {
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
  report: { fact: 'desired' | 'attempted' | 'running'; value: string } & Partial<Attempt>,
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
 * confirmed or one failed. Telling the same again changes nothing. Returns whether anything changed.
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
  const same =
    part.attemptedPhase === attempt.phase &&
    part.attemptedCode === attempt.code &&
    part.attemptedMessage === attempt.message;
  const data: Prisma.DeploymentAgentUncheckedUpdateInput = {};
  if (!same) {
    data.attemptedPhase = attempt.phase;
    data.attemptedCode = attempt.code;
    data.attemptedMessage = attempt.message;
    data.attemptedAt = attempt.at;
    await keepReport(db, part, { fact: 'attempted', value: attempt.phase, ...attempt }, now);
  }
  const deciding = deployment.state === 'deploying';
  const confirms = deciding && attempt.phase === 'active' && !part.confirmedAt;
  const fails = deciding && attempt.phase === 'failed' && !part.failedAt;
  if (confirms) data.confirmedAt = now;
  if (attempt.phase === 'failed' && !same) {
    data.failureCode = attempt.code ?? 'E_RUNTIME_FAILED';
    data.failureMessage = attempt.message ?? 'The agent gave no reason.';
    data.failedAt = now;
  }
  // Started again after a crash: what went wrong stays in history, not on the page's face.
  if (attempt.phase === 'active' && part.failedAt && deployment.state === 'active') {
    data.failureCode = null;
    data.failureMessage = null;
    data.failedAt = null;
  }
  if (Object.keys(data).length === 0) return false;
  await db.deploymentAgent.update({
    where: {
      orgId_deploymentId_agentId: {
        orgId: part.orgId,
        deploymentId: part.deploymentId,
        agentId: part.agentId,
      },
    },
    data,
  });
  if (confirms || fails) await settle(services, db, agent, deployment, attempt, now);
  return true;
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
  const parts = await db.deploymentAgent.findMany({
    where: { orgId: deployment.orgId, deploymentId: deployment.id },
  });
  const outcome = outcomeOf(
    parts.map((part) => ({ confirmed: part.confirmedAt !== null, failed: part.failedAt !== null })),
  );
  const actor = agentActor(agent);
  if (outcome === 'failed') {
    const code = attempt.code ?? 'E_RUNTIME_FAILED';
    const message = attempt.message ?? 'The agent gave no reason.';
    await db.deploymentAgent.updateMany({
      where: { orgId: deployment.orgId, deploymentId: deployment.id },
      data: { desired: 'stop', desiredAt: now },
    });
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
    await supersedeOthers(
      services,
      db,
      deployment,
      parts.map((part) => part.agentId),
      now,
    );
  }
}

/** What was active in the same slot on these agents is history now. */
async function supersedeOthers(
  services: Services,
  db: Db,
  deployment: Part['deployment'],
  agentIds: string[],
  now: Date,
): Promise<void> {
  const { orgId } = deployment;
  const others = await db.deployment.findMany({
    where: {
      orgId,
      environmentId: deployment.environmentId,
      slot: deployment.slot,
      state: 'active',
      id: { not: deployment.id },
      supersededAt: null,
    },
    include: { agents: true },
  });
  for (const other of others) {
    await db.deploymentAgent.updateMany({
      where: { orgId, deploymentId: other.id, agentId: { in: agentIds }, supersededAt: null },
      data: {
        supersededAt: now,
        desired: 'stop',
        desiredAt: now,
        runningSince: null,
        runningEpoch: null,
        runningReportedAt: null,
      },
    });
    const left = other.agents.filter(
      (part) => part.supersededAt === null && !agentIds.includes(part.agentId),
    );
    if (left.length === 0) {
      await db.deployment.update({
        where: { orgId_id: { orgId, id: other.id } },
        data: { supersededAt: now, supersededBy: deployment.id },
      });
    }
    await services.live.publish(
      db,
      { type: 'deployment', id: other.id, orgId, environmentId: other.environmentId },
      now,
    );
  }
}
