import type { z } from 'zod';
import { authorize, environmentScope } from '../authorize.ts';
import type { Caller } from '../caller.ts';
import type { Services } from '../services.ts';
import { deploymentChoice, planDeployment } from './plan-deployment.ts';
import { runningInSlot } from './running.ts';

export const previewDeploymentInput = deploymentChoice;

/** What would be asked for, before it is asked. */
export async function previewDeployment(
  services: Services,
  caller: Caller,
  input: z.infer<typeof previewDeploymentInput>,
) {
  const db = services.database.client;
  const plan = await planDeployment(services.compiler, db, caller, input);
  const scope = environmentScope(plan.environment);
  await authorize(services, caller, 'ViewEnvironment', scope, 'deployment.preview');
  const replaced = await runningInSlot(db, {
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
    refusals: plan.refusals,
  };
}
