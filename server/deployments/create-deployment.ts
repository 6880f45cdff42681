import { presenceOf, recordedPerson } from '../approvals/persons.ts';
import { conflict } from '../errors.ts';
import { comment, text } from '../inputs.ts';
import { operation } from '../operation.ts';
import { environmentScope } from '../scopes.ts';
import { deploymentChoice, planDeployment } from './plan-deployment.ts';
import { requestDeployment, stated } from './request-deployment.ts';

/**
 * Requests a deployment. It waits for a person's approval, or, where the environment's policy
 * approves by itself, is approved in the same transaction, with a credential that says so.
 */
export const createDeployment = operation({
  kind: 'change',
  name: 'deployment.create',
  input: deploymentChoice.extend({
    /** The digest that the preview showed. */
    expectedDigest: text(100),
    comment,
  }),
  thing: ({ services, db, caller, input }) => planDeployment(services, db, caller, input),
  scope: (plan) => environmentScope(plan.environment),
  needs: 'OperateEnvironment',
  async run({ input, thing: plan, ...given }) {
    const statement = stated(plan);
    if (statement.digest !== input.expectedDigest) {
      throw conflict(
        'deployment_digest_mismatch',
        'The deployment changed since you looked at it.',
        {
          help: 'Look at the preview again: the bundle or a setting of the environment changed.',
          args: { expected: input.expectedDigest, current: statement.digest },
        },
      );
    }
    const asked = await requestDeployment({ ...given, plan, comment: input.comment }, statement);
    const { deploymentId, approvalId, digest, approval, carriedFrom } = asked;
    return { deploymentId, approvalId, digest, approval, carriedFrom };
  },
  audit: ({ answer, caller, thing: plan }) => ({
    resource: { kind: 'deployment', id: answer.deploymentId, name: plan.slot },
    detail: {
      deployment_digest: answer.digest,
      version: plan.version.number,
      spec_hash: plan.version.specHash,
      config_digest: plan.bundle.digest,
      agents: plan.agentIds,
      approval: answer.approval,
      requester: recordedPerson(presenceOf(caller.user)),
    },
  }),
  events: ({ answer }) => [
    { type: 'deployment', id: answer.deploymentId },
    { type: 'approval', id: answer.approvalId },
  ],
});
