/** How a deployment and its slot stand, as the rules of what can be done with it need it. */
import { goodApprovals } from '../approvals/carry.ts';
import { presenceOf } from '../approvals/persons.ts';
import type { Caller } from '../caller.ts';
import { provedInstead } from '../deployment-state/instead.ts';
import { rolloutColumns, rolloutFrom } from '../deployment-state/rollout.ts';
import { rulesOf, stateDeployment, stepsIn } from '../deployment-state/statement.ts';
import { isFinal } from '../domain/agents/phases.ts';
import {
  actionsOf,
  type ActionFacts,
  type ActionName,
  type Grant,
} from '../domain/deployments/actions.ts';
import type { DeploymentState } from '../domain/deployments/machine.ts';
import { AT_ONCE } from '../domain/deployments/rollout.ts';
import { rolloutOver } from '../domain/environments/policy.ts';
import { permits } from '../domain/permissions/roles.ts';
import { conflict } from '../errors.ts';
import type { EnvironmentRow } from '../scopes.ts';
import type { Db } from '../providers/database.ts';
import type { Services } from '../services.ts';

const include = {
  version: true,
  bundle: true,
  agents: { select: { ...rolloutColumns, supersededAt: true }, orderBy: { agentId: 'asc' } },
} as const;

interface Found {
  id: string;
  orgId: string;
  environment: EnvironmentRow;
}

/** Proven versions of the slot that are offered; what is older isn't gone, and can be deployed anew. */
const OFFERED = 10;

/** Where a deployment stands: what can be done, and what a roll back can restore. */
export async function standingOf(
  services: Services,
  db: Db,
  caller: Caller,
  found: Found,
  now: Date,
) {
  const { orgId, environment } = found;
  const row = await db.deployment.findUniqueOrThrow({
    where: { orgId_id: { orgId, id: found.id } },
    include,
  });
  const { slot } = row;
  const proven = (
    await db.deployment.findMany({
      where: {
        orgId,
        environmentId: environment.id,
        slot,
        activatedAt: { not: null },
        id: { not: row.id },
        NOT: { versionId: row.versionId, bundleId: row.bundleId },
      },
      orderBy: { epoch: 'desc' },
      take: OFFERED,
      include: { version: true, bundle: true },
    })
  ).filter(
    // Of the same version and bundle, the newest.
    (one, at, all) =>
      all.findIndex(
        (other) => other.versionId === one.versionId && other.bundleId === one.bundleId,
      ) === at,
  );
  const first = proven.find((one) => one.state !== 'rolled_back') ?? proven[0] ?? null;
  const agentIds = agentsLeft(row).map((part) => part.agentId);
  // In the steps of its own statement: only so it is the same digest again.
  const wishes = [row, ...proven].map((one) =>
    stepsIn(services.compiler.deploymentDecode(one.statementText).statement),
  );
  const statements = [row, ...proven].map(({ version, bundle }, at) =>
    agentIds.length > 0
      ? stateDeployment(
          services,
          { environment, version, bundle, slot, agentIds },
          rolloutOver(agentIds.length, wishes[at] ?? AT_ONCE),
        )
      : null,
  );
  const byPersons = statements.flatMap((one) =>
    one?.approval === 'person' ? [{ digest: one.digest, rules: rulesOf(one.statement) }] : [],
  );
  const good = await goodApprovals(
    db,
    { environment, statements: byPersons, by: presenceOf(caller.user) },
    now,
  );
  const [again, ...grants] = statements.map((one): Grant => {
    if (one?.approval === 'policy') return { kind: 'policy' };
    const approval = one && good.get(one.digest);
    return approval
      ? { kind: 'carried', approvedBy: approval.decidedByName ?? 'somebody' }
      : { kind: 'asked' };
  });
  const slotRow = await db.slot.findUnique({
    where: { orgId_environmentId_name: { orgId, environmentId: environment.id, name: slot } },
  });
  const wanted = await db.deploymentAgent.count({
    where: {
      orgId,
      slot,
      deployment: { environmentId: environment.id },
      desired: { in: ['run', 'fallback'] },
    },
  });
  const asked = await db.deployment.count({
    where: {
      orgId,
      rollbackOf: row.id,
      state: { in: ['pending_approval', 'approved', 'building'] },
    },
  });
  const newer =
    row.state === 'failed'
      ? await db.deployment.count({
          where: {
            orgId,
            environmentId: environment.id,
            slot,
            epoch: { gt: row.epoch ?? 0 },
            state: { in: ['deploying', 'active', 'failed', 'rolling_back'] },
            agents: { some: { agentId: { in: agentIds } } },
          },
        })
      : 0;
  const memberships = caller.memberships.get(orgId);
  const rollout = rolloutFrom(services.compiler, row, now);
  const instead = await provedInstead(db, row);
  const facts: ActionFacts = {
    name: `${slot} v${row.version.number}`,
    environment: environment.name,
    slot,
    state: row.state as DeploymentState,
    mayOperate: memberships
      ? permits(memberships, 'OperateEnvironment', environment.projectId)
      : false,
    current: row.supersededAt === null && agentIds.length > 0 && newer === 0,
    left: row.leftAt !== null,
    slotStopped: slotRow?.stoppedAt != null,
    slotWanted: wanted > 0,
    paused: row.state === 'deploying' && rollout.paused !== null,
    stepsLeft: row.agents.some((part) => part.desired === null),
    agents: row.agents.map((part) => ({
      name: part.agent.name,
      took: part.confirmedAt !== null && part.supersededAt === null,
      runs: part.runningSince !== null,
      wanted: part.desired === 'run',
      ended: part.attemptedPhase !== null && isFinal(part.attemptedPhase),
      // Of the same version there may be two deployments: its number would say nothing.
      instead:
        [instead.get(part.agentId)?.version ?? null].find((one) => one !== row.version.number) ??
        null,
    })),
    rollsBack: row.rollbackOf !== null,
    rollbackAsked: asked > 0,
    target: first && {
      name:
        first.versionId === row.versionId
          ? `v${first.version.number} with bundle ${first.bundle.number}`
          : `v${first.version.number}`,
      grant: grants[proven.indexOf(first)] ?? { kind: 'asked' },
    },
    again: again ?? { kind: 'asked' },
  };
  const targets = proven.map((one, at) => ({
    deploymentId: one.id,
    version: { id: one.version.id, number: one.version.number, name: one.version.name },
    bundle: { id: one.bundle.id, name: one.bundle.name, number: one.bundle.number },
    epoch: one.epoch,
    activatedAt: one.activatedAt?.toISOString() ?? null,
    state: one.state as DeploymentState,
    /** How it comes to be approved: at once, or by somebody who has to decide. */
    grant: grants[at] ?? { kind: 'asked' as const },
    /** Taken unless another one is chosen. */
    usual: one.id === first?.id,
  }));
  const [ownSteps = AT_ONCE, ...stepsOfTargets] = wishes;
  const stepsTo = (deploymentId: string) =>
    stepsOfTargets[proven.findIndex((one) => one.id === deploymentId)] ?? AT_ONCE;
  return {
    row,
    facts,
    rollout,
    /** The steps that its statement binds, and that of one that a roll back restores. */
    ownSteps,
    stepsTo,
    slot: slotRow,
    /** By agent, the other deployment of the slot that it proves to run. */
    instead,
    actions: actionsOf(facts),
    targets,
  };
}
export type Standing = Awaited<ReturnType<typeof standingOf>>;

/** Its agents that are there, on which nothing newer took its place. */
export function agentsLeft<
  Part extends { supersededAt: Date | null; agent: { decommissionedAt: Date | null } },
>(row: { agents: readonly Part[] }): Part[] {
  return row.agents.filter((part) => !part.supersededAt && !part.agent.decommissionedAt);
}

/** Refuses what the page shows as not allowed, in the same words. */
export function refuseUnless({ actions }: Standing, action: ActionName): void {
  const { why } = actions[action];
  if (why) {
    throw conflict(why.code, why.message, {
      help: 'Look at the deployment again: what can be done with it stands there.',
      args: { action },
    });
  }
}
