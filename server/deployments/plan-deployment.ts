/** What a requested deployment would be: its statement, who approves, what it replaces, what stands against it. */
import { z } from 'zod';
import type { ConfigBundle } from '../bundles/config.ts';
import { findBundle } from '../bundles/find-bundle.ts';
import { pathsOf } from '../bundles/paths.ts';
import type { Caller } from '../caller.ts';
import { isInFlight, DEPLOYMENT_STATES } from '../domain/deployments/machine.ts';
import { refuseDeployment, type Refusal } from '../domain/deployments/refusals.ts';
import { approvalMode, rolloutOver, type ApprovalMode } from '../domain/environments/policy.ts';
import { defaultSlot, SLOT_PATTERN } from '../domain/slots/slot.ts';
import { rolloutWish } from '../environments/settings.ts';
import { id, text } from '../inputs.ts';
import type { Db } from '../providers/database.ts';
import type { Services } from '../services.ts';
import { findVersion } from '../versions/find-version.ts';
import {
  stateDeployment,
  STATEMENT_VERSION,
  type Statement,
} from '../deployment-state/statement.ts';

export const deploymentChoice = z.object({
  versionId: id,
  bundleId: id,
  agentIds: z.array(id).max(64),
  /** Lower case, digits, `_` and `-`; the pipeline's name when left out. */
  slot: text(63)
    .regex(SLOT_PATTERN, 'A slot is a lower-case letter and then letters, digits, _ or -.')
    .optional(),
  /** In which steps; what is left out is the environment's. */
  rollout: rolloutWish.partial().optional(),
});
type DeploymentChoice = z.infer<typeof deploymentChoice>;

export interface PlannedDeployment {
  environment: Awaited<ReturnType<typeof findVersion>>['environment'];
  version: Awaited<ReturnType<typeof findVersion>>;
  bundle: Awaited<ReturnType<typeof findBundle>>;
  slot: string;
  agentIds: string[];
  refusals: Refusal[];
  approval: ApprovalMode;
  /** null when no agent was chosen. */
  stated: Statement | null;
}

export async function planDeployment(
  services: Pick<Services, 'compiler' | 'config'>,
  db: Db,
  caller: Caller,
  choice: DeploymentChoice,
): Promise<PlannedDeployment> {
  const version = await findVersion(db, caller, choice.versionId);
  const bundle = await findBundle(db, caller, choice.bundleId);
  const { environment, orgId } = version;
  const agentIds = [...new Set(choice.agentIds)].sort();
  const slot = choice.slot ?? defaultSlot(version.pipeline);
  const agents = await db.agent.findMany({
    where: { orgId, id: { in: agentIds }, environment: { projectId: environment.projectId } },
    include: {
      deployments: {
        where: { desired: { in: ['run', 'fallback'] } },
        include: {
          deployment: {
            include: {
              bundle: { select: { config: true } },
              version: { select: { specKv: true } },
            },
          },
        },
      },
    },
  });
  const inFlight = await db.deployment.count({
    where: {
      orgId,
      environmentId: environment.id,
      state: { in: DEPLOYMENT_STATES.filter(isInFlight) },
    },
  });
  const boundariesOf = (specKv: string) => () => services.compiler.bundleNeeds(specKv).boundaries;
  const refusals = refuseDeployment({
    environmentId: environment.id,
    maxInFlight: environment.maxInFlight,
    inFlight,
    version,
    bundle: {
      environmentId: bundle.environmentId,
      versionId: bundle.versionId,
      paths: pathsOf(bundle.config as ConfigBundle, boundariesOf(version.specKv)),
    },
    statementVersion: STATEMENT_VERSION,
    agentsAsked: agentIds.length,
    agents: agents.map((agent) => ({
      id: agent.id,
      name: agent.name,
      environmentId: agent.environmentId,
      decommissioned: agent.decommissionedAt !== null,
      features: agent.specFeatures,
      statementVersions: agent.statementVersions,
      allowedRoots: agent.allowedRoots,
      otherSlots: new Set(agent.deployments.map((row) => row.slot).filter((one) => one !== slot))
        .size,
      written: agent.deployments
        .filter((row) => row.deployment.slot !== slot)
        .flatMap((row) =>
          pathsOf(
            row.deployment.bundle.config as ConfigBundle,
            boundariesOf(row.deployment.version.specKv),
          )
            .filter((one) => one.writes)
            .map((one) => ({ path: one.path, slot: row.deployment.slot })),
        ),
    })),
  });
  // Without agents there is nothing to state; the refusal says so.
  const stated =
    agentIds.length > 0
      ? stateDeployment(
          services,
          { environment, version, bundle, slot, agentIds },
          rolloutOver(agentIds.length, {
            first: choice.rollout?.first ?? environment.rolloutFirst,
            step: choice.rollout?.step ?? environment.rolloutStep,
            pauseSeconds: choice.rollout?.pauseSeconds ?? environment.rolloutPauseSeconds,
          }),
        )
      : null;
  const approval = approvalMode(environment, version.capabilities);
  return { environment, version, bundle, slot, agentIds, refusals, stated, approval };
}
