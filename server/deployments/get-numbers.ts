import { z } from 'zod';
import type { AdaptersReport, CountersReport, Snapshot } from '../../src/lib/compiler/types.ts';
import { agentStatus, silentAfterMillis } from '../domain/agents/status.ts';
import { ratesOf } from '../domain/deployments/rates.ts';
import { id } from '../inputs.ts';
import { operation } from '../operation.ts';
import { deploymentScope, findDeployment } from './find-deployment.ts';

/**
 * What the agents of a deployment count, and when they were last heard: what changes with each of
 * their heartbeats, apart from the deployment itself, which doesn't.
 */
export const getNumbers = operation({
  kind: 'read',
  name: 'deployment.numbers',
  input: z.object({ deploymentId: id }),
  thing: ({ db, caller, input }) => findDeployment(db, caller, input.deploymentId),
  scope: deploymentScope,
  needs: 'ViewEnvironment',
  async run({ db, thing: { orgId, id: deploymentId }, now }) {
    const parts = await db.deploymentAgent.findMany({
      where: { orgId, deploymentId },
      orderBy: { agentId: 'asc' },
      select: {
        agentId: true,
        runningSince: true,
        snapshot: true,
        snapshotAt: true,
        counters: true,
        adapters: true,
        minutes: { orderBy: { at: 'asc' } },
        agent: { select: { lastHeartbeatAt: true, decommissionedAt: true } },
      },
    });
    return parts.map(({ agentId, agent, minutes, ...part }) => {
      const snapshot = part.snapshot as unknown as Snapshot | null;
      const counters = part.counters as unknown as CountersReport | null;
      const readings = minutes.map((minute) => ({
        at: minute.at,
        recordsIn: Number(minute.recordsIn),
        rejected: Number(minute.rejected),
        generation: minute.generation,
      }));
      return {
        agentId,
        status: agentStatus(agent, now),
        lastHeartbeatAt: agent.lastHeartbeatAt?.toISOString() ?? null,
        /** How long after this answer it counts as silent, if it isn't heard again. */
        silentAfterMs: silentAfterMillis(agent, now),
        /** By this deployment on it since its activation, and by the pipeline over restarts and deployments. */
        numbers:
          snapshot && part.snapshotAt
            ? {
                at: part.snapshotAt.toISOString(),
                sinceActivation: counters?.since_activation ?? null,
                totals: counters?.totals ?? { since: null, ...snapshot.counters },
                snapshot,
              }
            : null,
        /** What it sees of where records come from and go; null where both are files. */
        adapters: part.runningSince ? (part.adapters as unknown as AdaptersReport | null) : null,
        /** Records a second in each minute of the last hour. */
        minutes: ratesOf(readings, null, now).minutes,
      };
    });
  },
});
