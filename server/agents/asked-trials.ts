/** Trials that agents should carry out, and what they fetch and tell of them. */
import type { AuthenticatedAgent } from './authenticate.ts';
import type { TrialReportBody } from './protocol.ts';
import { isId } from './report.ts';
import { recordAudit } from '../audit/record.ts';
import { notFound } from '../errors.ts';
import type { Db } from '../providers/database.ts';
import type { Services } from '../services.ts';
import { ANSWERS_WITHIN_MILLIS } from '../connections/trial.ts';

/** Of these agents, oldest first: each carries out one at a time. */
export function askedTrials(db: Db, agents: readonly { id: string; orgId: string }[], now: Date) {
  return db.connectionTrial.findMany({
    where: {
      orgId: { in: [...new Set(agents.map((agent) => agent.orgId))] },
      agentId: { in: agents.map((agent) => agent.id) },
      answeredAt: null,
      expiresAt: { gt: now },
    },
    select: { id: true, agentId: true },
    orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
  });
}

/** The signed request, for the agent that it is for, as long as it may begin it. */
export async function readTrial(
  services: Services,
  agent: AuthenticatedAgent,
  trialId: string,
): Promise<string> {
  const row = isId(trialId)
    ? await services.database.client.connectionTrial.findFirst({
        where: {
          id: trialId,
          orgId: agent.orgId,
          agentId: agent.id,
          answeredAt: null,
          expiresAt: { gt: services.clock.now() },
        },
        select: { request: true },
      })
    : null;
  if (!row) throw notFound('connection_trial');
  return row.request;
}

/** Keeps what an agent tells of a trial; the first word counts. */
export async function takeTrial(
  services: Services,
  agent: AuthenticatedAgent,
  trialId: string,
  report: TrialReportBody,
): Promise<{ taken: boolean }> {
  const { database, clock, live } = services;
  if (!isId(trialId)) throw notFound('connection_trial');
  return database.transact(async (db) => {
    const now = clock.now();
    const { orgId, environmentId } = agent;
    const { count } = await db.connectionTrial.updateMany({
      where: {
        id: trialId,
        orgId,
        agentId: agent.id,
        answeredAt: null,
        expiresAt: { gt: new Date(now.getTime() - ANSWERS_WITHIN_MILLIS) },
      },
      data: { answeredAt: now, report },
    });
    if (count === 0) {
      const known = await db.connectionTrial.findFirst({
        where: { id: trialId, orgId, agentId: agent.id },
        select: { id: true },
      });
      if (!known) throw notFound('connection_trial');
      return { taken: false };
    }
    await recordAudit(db, now, {
      orgId,
      projectId: agent.environment.projectId,
      environmentId,
      actor: { kind: 'agent', id: agent.id, name: agent.name },
      action: 'connection.answer',
      outcome: 'succeeded',
      resource: { kind: 'agent', id: agent.id, name: agent.name },
      detail: {
        trial_id: trialId,
        outcome: report.outcome,
        code: report.code ?? null,
        failed: report.steps.filter(({ state }) => state === 'failed').length,
        held_back: report.steps.filter(({ state }) => state === 'held_back').length,
      },
    });
    await live.publish(db, { type: 'agent', id: agent.id, orgId, environmentId }, now);
    return { taken: true };
  });
}
