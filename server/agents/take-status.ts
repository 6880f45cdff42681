import { notFound } from '../errors.ts';
import type { Services } from '../services.ts';
import type { AuthenticatedAgent } from './authenticate.ts';
import type { StatusBody } from './protocol.ts';
import { findPart, isId, keyOf, takeAttempt, takeEnd } from './report.ts';

/**
 * The end of an attempt, told once; telling it again changes nothing. How it failed (refused, or given
 * up) the heartbeat says: a status has one word for both.
 */
export async function takeStatus(
  services: Services,
  agent: AuthenticatedAgent,
  deploymentId: string,
  body: StatusBody,
) {
  const { database, clock } = services;
  const now = clock.now();
  return database.transact(async (db) => {
    const part = isId(deploymentId) ? await findPart(db, agent, deploymentId) : null;
    if (!part) throw notFound('deployment');
    const take = body.phase === 'active' ? takeAttempt : takeEnd;
    const news = await take(
      services,
      db,
      agent,
      part,
      {
        phase: body.phase,
        epoch: body.epoch,
        code: body.code ?? null,
        message: body.message ?? null,
        at: new Date(body.at),
        tries: 0,
        nextTryAt: null,
      },
      now,
    );
    if (news && body.phase === 'active') {
      // Whether it runs since then the next heartbeat says.
      await db.deploymentAgent.updateMany({
        where: { ...keyOf(part).orgId_deploymentId_agentId, runningSince: null },
        data: { runningReportedAt: null },
      });
    }
    const { state } = await db.deployment.findUniqueOrThrow({
      where: { orgId_id: { orgId: part.orgId, id: part.deploymentId } },
      select: { state: true },
    });
    return { deployment_state: state };
  });
}
