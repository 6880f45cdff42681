import { z } from 'zod';
import { goOn } from '../deployment-state/rollout.ts';
import { id } from '../inputs.ts';
import { operation } from '../operation.ts';
import { deploymentScope, findDeployment } from './find-deployment.ts';
import { planDeployment } from './plan-deployment.ts';
import { requestDeployment, stated } from './request-deployment.ts';
import { agentsLeft, refuseUnless, standingOf } from './standing.ts';

/**
 * Goes on in spite of trouble. While it is deploying, the next step begins without waiting for who is in
 * trouble; afterwards the same digest is asked for again, with a new epoch.
 */
export const goOnWithDeployment = operation({
  kind: 'change',
  name: 'deployment.go_on',
  input: z.object({ deploymentId: id }),
  thing: ({ db, caller, input }) => findDeployment(db, caller, input.deploymentId),
  scope: deploymentScope,
  needs: 'OperateEnvironment',
  recordsRefusals: true,
  async run({ thing: deployment, ...given }) {
    const { services, db, caller, now } = given;
    const { id: deploymentId, orgId, slot } = deployment;
    const standing = await standingOf(services, db, caller, deployment, now);
    refuseUnless(standing, 'goOn');
    if (deployment.state === 'deploying') {
      const passedOver = standing.rollout.paused?.causes.map((cause) => cause.agentId) ?? [];
      await db.deploymentAgent.updateMany({
        where: { orgId, deploymentId, agentId: { in: passedOver } },
        data: { passedOverAt: now },
      });
      await goOn(services, db, deployment, now);
      return { deploymentId, approvalId: null, passedOver };
    }
    const { row } = standing;
    const plan = await planDeployment(services, db, caller, {
      versionId: row.versionId,
      bundleId: row.bundleId,
      agentIds: agentsLeft(row).map((part) => part.agentId),
      slot,
      rollout: standing.ownSteps,
    });
    const asked = await requestDeployment(
      {
        ...given,
        plan,
        comment: row.comment,
        because: { againOf: row.id, rollbackOf: row.rollbackOf, restores: row.restores },
      },
      stated(plan),
    );
    return { deploymentId: asked.deploymentId, approvalId: asked.approvalId, passedOver: [] };
  },
  audit: ({ answer, thing }) => ({
    detail: {
      deployment_digest: thing.digest,
      epoch: thing.epoch,
      ...(answer.approvalId ? { by_deployment: answer.deploymentId } : {}),
      passed_over: answer.passedOver,
    },
  }),
  events: ({ answer, thing }) => [
    { type: 'deployment', id: thing.id },
    ...(answer.approvalId
      ? ([
          { type: 'deployment', id: answer.deploymentId },
          { type: 'approval', id: answer.approvalId },
        ] as const)
      : []),
  ],
});
