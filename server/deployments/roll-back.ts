import { z } from 'zod';
import { notFound } from '../errors.ts';
import { id, reason } from '../inputs.ts';
import { operation } from '../operation.ts';
import { deploymentScope, findDeployment } from './find-deployment.ts';
import { planDeployment } from './plan-deployment.ts';
import { requestDeployment, stated } from './request-deployment.ts';
import { agentsLeft, refuseUnless, standingOf } from './standing.ts';

/**
 * Runs a proven version of the slot again, as a deployment of its own with a higher epoch. What is left
 * goes to `rolling_back` when agents are told, and to `rolled_back` when they prove it.
 */
export const rollBack = operation({
  kind: 'change',
  name: 'deployment.roll_back',
  input: z.object({
    /** What is left. */
    deploymentId: id,
    /** What is restored; the last that was proven before when left out. */
    toDeploymentId: id.optional(),
    reason,
  }),
  thing: ({ db, caller, input }) => findDeployment(db, caller, input.deploymentId),
  scope: deploymentScope,
  needs: 'OperateEnvironment',
  recordsRefusals: true,
  async run({ input, thing: deployment, ...given }) {
    const { services, db, caller, now } = given;
    const standing = await standingOf(services, db, caller, deployment, now);
    const { targets } = standing;
    const target = input.toDeploymentId
      ? targets.find((one) => one.deploymentId === input.toDeploymentId)
      : targets.find((one) => one.usual);
    refuseUnless(standing, 'rollBack');
    // What isn't offered was never proven in this slot, or runs already.
    if (!target) throw notFound('deployment');
    const plan = await planDeployment(services, db, caller, {
      versionId: target.version.id,
      bundleId: target.bundle.id,
      agentIds: agentsLeft(standing.row).map((part) => part.agentId),
      slot: deployment.slot,
      rollout: standing.stepsTo(target.deploymentId),
    });
    return requestDeployment(
      {
        ...given,
        plan,
        comment: input.reason,
        because: { rollbackOf: deployment.id, restores: target.deploymentId },
      },
      // Whoever is in trouble isn't kept from the way back by how much is under way.
      stated(plan, ['too_many_in_flight']),
    );
  },
  audit: ({ input, answer, thing }) => ({
    detail: {
      reason: input.reason,
      epoch: thing.epoch,
      by_deployment: answer.deploymentId,
      to_digest: answer.digest,
      approval: answer.approval,
      carried_from: answer.carriedFrom,
      expedited: answer.expedited,
    },
  }),
  events: ({ answer, thing }) => [
    { type: 'deployment', id: thing.id },
    { type: 'deployment', id: answer.deploymentId },
    { type: 'approval', id: answer.approvalId },
  ],
});
