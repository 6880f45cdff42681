import { z } from 'zod';
import { keySetDigest } from '../domain/credentials/key-set.ts';
import { permits } from '../domain/permissions/roles.ts';
import { waitView } from '../deployments/operate-view.ts';
import { id } from '../inputs.ts';
import { operation } from '../operation.ts';
import { agentScope, findAgent } from './find-agent.ts';
import { agentView } from './view.ts';

/** Deployments that an agent no longer has anything to do with, as far as they are shown. */
const ENDED_SHOWN = 20;

/** One agent: what it should run, what it ran before, and what its host says of itself. */
export const getAgent = operation({
  kind: 'read',
  name: 'agent.get',
  input: z.object({ agentId: id }),
  thing: ({ db, caller, input }) => findAgent(db, caller, input.agentId),
  scope: agentScope,
  needs: 'ViewEnvironment',
  async run({ services, db, caller, thing: agent, now }) {
    const view = agentView(agent, now);
    const { orgId, id: agentId, environment } = agent;
    const memberships = caller.memberships.get(orgId);
    const current = keySetDigest(await services.signer.keySet(db, orgId));
    const ended = {
      orgId,
      agentId,
      deploymentId: { notIn: view.slots.map((slot) => slot.deploymentId) },
      desired: { not: null },
    };
    const rows = await db.deploymentAgent.findMany({
      where: ended,
      orderBy: { deploymentId: 'desc' },
      take: ENDED_SHOWN,
      select: {
        slot: true,
        activatedAt: true,
        desiredAt: true,
        deployment: {
          select: {
            id: true,
            state: true,
            supersededAt: true,
            stoppedAt: true,
            failureCode: true,
            version: { select: { number: true } },
          },
        },
      },
    });
    const parts = await db.deploymentAgent.findMany({
      where: { orgId, agentId, deploymentId: { in: view.slots.map((slot) => slot.deploymentId) } },
      select: {
        deploymentId: true,
        restarts: true,
        lastRestartAt: true,
        activatedAt: true,
        desired: true,
        tryNowAt: true,
        attemptedNextAt: true,
      },
    });
    const mayOperate = memberships
      ? permits(memberships, 'OperateEnvironment', environment.projectId)
      : false;
    return {
      ...view,
      environment: { id: environment.id, name: environment.name },
      mayOperate,
      /** Whether it has today's signing keys; null before its first heartbeat. */
      hasCurrentKeys: agent.keySetDigest === null ? null : agent.keySetDigest === current,
      restarts: parts.map((part) => ({
        deploymentId: part.deploymentId,
        count: part.restarts,
        lastAt: part.lastRestartAt?.toISOString() ?? null,
        activatedAt: part.activatedAt?.toISOString() ?? null,
      })),
      /** What it tries again by itself, and may be told to try at once. */
      waits: parts.map((part) => ({
        deploymentId: part.deploymentId,
        tryNow: waitView({ ...part, agent }, mayOperate, now),
      })),
      ended: {
        total: await db.deploymentAgent.count({ where: ended }),
        shown: rows.map(({ slot, activatedAt, desiredAt, deployment }) => ({
          deploymentId: deployment.id,
          slot,
          version: deployment.version,
          state: deployment.state,
          supersededAt: deployment.supersededAt?.toISOString() ?? null,
          stoppedAt: deployment.stoppedAt?.toISOString() ?? null,
          failure: deployment.failureCode === null ? null : { code: deployment.failureCode },
          activatedAt: activatedAt?.toISOString() ?? null,
          endedAt: desiredAt?.toISOString() ?? null,
        })),
      },
    };
  },
});
