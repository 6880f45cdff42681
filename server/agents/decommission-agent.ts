import { z } from 'zod';
import { abandon } from '../deployment-state/desire.ts';
import { goOnWithout } from '../deployment-state/outcome.ts';
import { endRollbacks } from '../deployment-state/rolled-back.ts';
import { RUNS_OR_SHOULD } from '../deployment-state/health.ts';
import { agentStatus } from '../domain/agents/status.ts';
import { conflict } from '../errors.ts';
import { id } from '../inputs.ts';
import { operation } from '../operation.ts';
import { agentScope, findAgent } from './find-agent.ts';

/**
 * Takes the runtime key's power away, for good. An agent that is heard ends what it runs first: without
 * its key nobody could stop it. What a silent one ran is given up here, and its host's owner ends it.
 */
export const decommissionAgent = operation({
  kind: 'change',
  name: 'agent.decommission',
  input: z.object({ agentId: id }),
  thing: ({ db, caller, input }) => findAgent(db, caller, input.agentId),
  scope: agentScope,
  needs: 'OperateEnvironment',
  recordsRefusals: true,
  async run({ services, db, caller, actor, thing: agent, now }) {
    const { id: agentId, orgId } = agent;
    const parts = await db.deploymentAgent.findMany({
      where: { orgId, agentId, ...RUNS_OR_SHOULD },
      select: { slot: true, deploymentId: true },
    });
    if (parts.length > 0 && agentStatus(agent, now) === 'online') {
      throw conflict(
        'agent_runs_something',
        `The agent ${agent.name} still runs, or is wanted to run: ${parts.map((part) => part.slot).join(', ')}.`,
        {
          help: 'Stop or withdraw these deployments first; without its key nobody could stop them on this agent.',
          args: { deployments: parts.map((part) => part.deploymentId) },
        },
      );
    }
    await db.agent.updateMany({
      where: { id: agentId, orgId, decommissionedAt: null },
      data: { decommissionedAt: now },
    });
    const abandoned = await abandon(db, agent, caller.user.id, now);
    // Nobody is left of whom a roll back waited to hear.
    const left = await db.deployment.findMany({
      where: {
        orgId,
        id: { in: abandoned },
        state: 'rolling_back',
        agents: { none: { supersededAt: null } },
      },
      include: { environment: true },
    });
    await endRollbacks(
      services,
      db,
      left.map((one) => ({ ...one, everywhere: true })),
      actor,
      now,
    );
    const waited = await goOnWithout(services, db, agent, actor, now);
    return { abandoned, waited };
  },
  audit: ({ answer }) => ({ detail: { abandoned_deployments: answer.abandoned } }),
  events: ({ answer, thing }) => [
    { type: 'agent', id: thing.id },
    ...[...answer.abandoned, ...answer.waited].map((id) => ({ type: 'deployment' as const, id })),
  ],
});
