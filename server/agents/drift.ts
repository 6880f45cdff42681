/** An agent that proves another deployment than the one it had proved: its disk is an older one. */
import { NO_DRIFT } from '../deployment-state/desire.ts';
import type { Db } from '../providers/database.ts';
import type { Services } from '../services.ts';
import type { AuthenticatedAgent } from './authenticate.ts';
import type { HeartbeatBody } from './protocol.ts';
import { isId, keepReport, keyOf, tellOf } from './report.ts';

export async function noteDrift(
  services: Services,
  db: Db,
  agent: AuthenticatedAgent,
  body: HeartbeatBody,
  now: Date,
): Promise<void> {
  const proved = await db.deploymentAgent.findMany({
    where: {
      orgId: agent.orgId,
      agentId: agent.id,
      desired: 'run',
      confirmedAt: { not: null },
      slot: { in: body.slots.map((slot) => slot.slot) },
    },
    include: { deployment: { include: { environment: true } } },
  });
  for (const part of proved) {
    const { running } = body.slots.find((slot) => slot.slot === part.slot) ?? {};
    const other = running && running.deployment_id !== part.deploymentId ? running : null;
    if ((other?.epoch ?? null) === part.driftEpoch) continue;
    await db.deploymentAgent.update({
      where: keyOf(part),
      data: other
        ? {
            driftEpoch: other.epoch,
            driftDeploymentId: isId(other.deployment_id) ? other.deployment_id : null,
            driftSince: now,
          }
        : NO_DRIFT,
    });
    if (other) {
      await keepReport(db, part, { fact: 'running', value: 'other', epoch: other.epoch }, now);
    }
    await tellOf(services, db, part, now);
  }
}
