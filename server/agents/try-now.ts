import { z } from 'zod';
import { agentStatus } from '../domain/agents/status.ts';
import { tryNowOf } from '../domain/deployments/actions.ts';
import { deploymentScope, findDeployment } from '../deployments/find-deployment.ts';
import { conflict, notFound } from '../errors.ts';
import { id } from '../inputs.ts';
import { operation } from '../operation.ts';

/** Skips the wait for an agent's next try: it is told with its next heartbeat. */
export const tryNow = operation({
  kind: 'change',
  name: 'agent.try_now',
  input: z.object({ deploymentId: id, agentId: id }),
  thing: ({ db, caller, input }) => findDeployment(db, caller, input.deploymentId),
  scope: deploymentScope,
  needs: 'OperateEnvironment',
  async run({ db, input: { deploymentId, agentId }, thing: { orgId }, now }) {
    const key = { orgId_deploymentId_agentId: { orgId, deploymentId, agentId } };
    const part = await db.deploymentAgent.findUnique({ where: key, include: { agent: true } });
    if (!part) throw notFound('agent');
    const { why } = tryNowOf({
      mayOperate: true,
      agent: part.agent.name,
      online: agentStatus(part.agent, now) === 'online',
      wanted: part.desired === 'run',
      nextTryAt: part.attemptedNextAt,
    });
    if (why) {
      throw conflict(why.code, why.message, {
        help: 'Look at the agent again: it may be trying already.',
      });
    }
    await db.deploymentAgent.update({ where: key, data: { tryNowAt: now } });
    return {
      name: part.agent.name,
      tries: part.attemptedTries,
      wouldHaveTriedAt: part.attemptedNextAt?.toISOString(),
    };
  },
  audit: ({ input, answer }) => ({
    resource: { kind: 'agent', id: input.agentId, name: answer.name },
    detail: { deployment_id: input.deploymentId, tries: answer.tries },
  }),
  events: ({ thing }) => [{ type: 'deployment', id: thing.id }],
});
