import { z } from 'zod';
import { recentRecords } from '../audit/recent.ts';
import { orgIdsOf } from '../caller.ts';
import { HELD, RUNS_OR_SHOULD } from '../deployment-state/health.ts';
import { rolloutColumns, rolloutFrom } from '../deployment-state/rollout.ts';
import { deploymentListView, listInclude } from '../deployments/view.ts';
import { agentStatus } from '../domain/agents/status.ts';
import { DEPLOYMENT_STATES, isInFlight } from '../domain/deployments/machine.ts';
import { sumOfRates } from '../domain/deployments/rates.ts';
import { permits } from '../domain/permissions/roles.ts';
import { namesOf } from '../members/names.ts';
import { operation } from '../operation.ts';
import { draftsOf } from './drafts.ts';
import { numbersOf } from '../deployment-state/numbers.ts';

/** How long a failure is told of, when nothing newer came into its slot. */
const FAILURE_TOLD_MILLIS = 7 * 24 * 60 * 60_000;

/**
 * The fleet at a glance, over all that the caller may see: what is wanted to run or on its way in each
 * environment, what its agents count, the newest drafts, and what happened last.
 */
export const getOverview = operation({
  kind: 'read',
  name: 'overview.get',
  input: z.void(),
  needs: 'session',
  async run({ services, db, caller, now }) {
    const orgId = { in: orgIdsOf(caller) };
    const all = await db.environment.findMany({
      where: { orgId },
      orderBy: { createdAt: 'asc' },
      select: { id: true, orgId: true, projectId: true, name: true },
    });
    const environments = all.filter((row) => {
      const memberships = caller.memberships.get(row.orgId);
      return memberships && permits(memberships, 'ViewEnvironment', row.projectId);
    });
    const environmentId = { in: environments.map(({ id }) => id) };
    const deployments = await db.deployment.findMany({
      where: {
        orgId,
        environmentId,
        OR: [
          { agents: { some: RUNS_OR_SHOULD } },
          { agents: { some: HELD } },
          { state: { in: DEPLOYMENT_STATES.filter(isInFlight) } },
          {
            state: 'failed',
            createdAt: { gt: new Date(now.getTime() - FAILURE_TOLD_MILLIS) },
          },
        ],
      },
      orderBy: { createdAt: 'desc' },
      include: {
        ...listInclude,
        agents: { select: rolloutColumns, orderBy: { agentId: 'asc' } },
        transitions: { orderBy: { id: 'desc' }, take: 1, select: { at: true } },
      },
    });
    const told = deployments.filter(
      (row) =>
        row.state !== 'failed' ||
        !deployments.some(
          (other) =>
            other.environmentId === row.environmentId &&
            other.slot === row.slot &&
            other.createdAt > row.createdAt,
        ),
    );
    const agents = await db.agent.findMany({
      where: { orgId, environmentId, decommissionedAt: null },
      orderBy: { enrolledAt: 'asc' },
      select: {
        id: true,
        environmentId: true,
        name: true,
        lastHeartbeatAt: true,
        decommissionedAt: true,
      },
    });
    const names = await namesOf(
      db,
      told.map((row) => row.requestedBy),
    );
    const numbers = await numbersOf(db, { orgId, environmentId }, now);
    return {
      environments: environments.map(({ id, name, projectId }) => {
        const parts = numbers.filter((part) => part.environmentId === id);
        return {
          id,
          name,
          projectId,
          deployments: told
            .filter((row) => row.environmentId === id)
            .map((row) => ({
              ...deploymentListView(row, names, now),
              /** When it came into its state. */
              stateSince: (row.transitions[0]?.at ?? row.createdAt).toISOString(),
              /** An agent's trouble keeps its rollout from going on: a person may decide. */
              paused:
                row.state === 'deploying' &&
                rolloutFrom(services.compiler, row, now).paused !== null,
            })),
          agents: agents
            .filter((agent) => agent.environmentId === id)
            .map((agent) => ({
              id: agent.id,
              name: agent.name,
              status: agentStatus(agent, now),
              lastHeartbeatAt: agent.lastHeartbeatAt?.toISOString() ?? null,
            })),
          rates: sumOfRates(parts.map((part) => part.rates)),
          /** The furthest that a stage is behind, in records; null where nothing counts. */
          worstLag: parts.reduce<{ lag: number; deploymentId: string } | null>(
            (worst, { lag, deploymentId }) =>
              worst === null || lag > worst.lag ? { lag, deploymentId } : worst,
            null,
          ),
        };
      }),
      drafts: await draftsOf(db, { orgId, environmentId }),
      recent: await recentRecords(db, caller),
    };
  },
});
