import { environmentScope } from '../scopes.ts';
import { operation } from '../operation.ts';
import { deploymentChoice, planDeployment } from './plan-deployment.ts';
import { runningInSlot } from '../deployment-state/running.ts';

/** What would be asked for, before it is asked. */
export const previewDeployment = operation({
  kind: 'read',
  name: 'deployment.preview',
  input: deploymentChoice,
  thing: ({ services, db, caller, input }) => planDeployment(services, db, caller, input),
  scope: (plan) => environmentScope(plan.environment),
  needs: 'ViewEnvironment',
  async run({ db, thing: plan }) {
    const [replaced, ...older] = await runningInSlot(db, {
      orgId: plan.environment.orgId,
      environmentId: plan.environment.id,
      slot: plan.slot,
      agentIds: plan.agentIds,
    });
    return {
      slot: plan.slot,
      statement: plan.stated?.statement ?? null,
      text: plan.stated?.text ?? null,
      digest: plan.stated?.digest ?? null,
      capabilities: plan.version.capabilities,
      approval: plan.approval,
      replaces: replaced
        ? {
            deploymentId: replaced.id,
            versionId: replaced.versionId,
            versionNumber: replaced.version.number,
            bundleId: replaced.bundleId,
          }
        : null,
      /** Other versions that are wanted on some of these agents: the newest isn't all that it takes the place of. */
      alsoReplaces: older
        .filter(({ versionId }) => versionId !== replaced?.versionId)
        .map(({ id, version }) => ({ deploymentId: id, versionNumber: version.number })),
      refusals: plan.refusals,
    };
  },
});
