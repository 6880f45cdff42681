import { z } from 'zod';
import { conflict } from '../errors.ts';
import { comment, id } from '../inputs.ts';
import { operation } from '../operation.ts';
import { undesire } from '../deployment-state/desire.ts';
import { deploymentScope, findDeployment } from './find-deployment.ts';

/**
 * Ends what runs, and puts nothing in its place. The state stays `active`, as what was approved; that
 * it was stopped stands beside it, and its health says when the agents have done it.
 */
export const stopDeployment = operation({
  kind: 'change',
  name: 'deployment.stop',
  input: z.object({ deploymentId: id, reason: comment }),
  thing: ({ db, caller, input }) => findDeployment(db, caller, input.deploymentId),
  scope: deploymentScope,
  needs: 'OperateEnvironment',
  async run({ db, caller, thing: deployment, now }) {
    if (deployment.state !== 'active' || deployment.supersededAt) {
      throw conflict('deployment_not_current', 'This deployment is not what is wanted to run.', {
        help:
          deployment.state === 'active'
            ? 'It was stopped, or another deployment took its place; look at that one.'
            : 'What is on its way is withdrawn, not stopped.',
        args: { state: deployment.state },
      });
    }
    const { id: deploymentId, orgId } = deployment;
    await undesire(db, deployment, now);
    await db.deploymentAgent.updateMany({
      where: { orgId, deploymentId, supersededAt: null },
      data: { supersededAt: now },
    });
    await db.deployment.update({
      where: { orgId_id: { orgId, id: deploymentId } },
      data: { supersededAt: now, stoppedAt: now, stoppedBy: caller.user.id },
    });
    return { stoppedAt: now.toISOString() };
  },
  audit: ({ input, thing }) => ({
    detail: {
      deployment_digest: thing.digest,
      epoch: thing.epoch,
      ...(input.reason ? { reason: input.reason } : {}),
    },
  }),
  events: ({ thing }) => [{ type: 'deployment', id: thing.id }],
});
