/** What keeps an environment or a project from being deleted: something that runs, or is wanted to. */
import { conflict } from '../errors.ts';
import type { DeploymentState } from '../domain/deployments/machine.ts';
import { RUNS_OR_SHOULD } from '../deployment-state/health.ts';
import type { Db } from '../providers/database.ts';

interface Within {
  orgId: string;
  environment: { id: string } | { projectId: string };
}

/** States in which a worker or an agent acts next, without anybody asking again. */
const ON_THE_WAY: DeploymentState[] = ['approved', 'building', 'deploying'];

/** Refused while something runs or is desired: with its agents' keys gone nobody could stop it. */
export async function refuseInUse(
  db: Db,
  kind: 'environment' | 'project',
  { orgId, environment }: Within,
): Promise<void> {
  const rows = await db.deployment.findMany({
    where: {
      orgId,
      environment,
      OR: [{ state: { in: ON_THE_WAY } }, { agents: { some: RUNS_OR_SHOULD } }],
    },
    orderBy: { createdAt: 'desc' },
    select: {
      id: true,
      slot: true,
      state: true,
      version: { select: { number: true } },
      environment: { select: { name: true } },
      agents: {
        where: RUNS_OR_SHOULD,
        select: { agent: { select: { name: true } } },
      },
    },
  });
  if (rows.length === 0) return;
  const named = rows.slice(0, 3).map((row) => {
    const agents = row.agents.map(({ agent }) => agent.name).join(', ');
    const where = agents ? ` on ${agents}` : '';
    return `${row.slot} v${row.version.number} in ${row.environment.name}${where}`;
  });
  const more = rows.length > named.length ? `, and ${rows.length - named.length} more` : '';
  throw conflict(
    `${kind}_in_use`,
    `Something still runs or is wanted to run: ${named.join('; ')}${more}.`,
    {
      help: 'Withdraw what is on its way and stop what runs, then delete again. Where an agent is silent, decommission it first, and end what runs on its host there.',
      args: {
        deployments: rows.map((row) => ({ id: row.id, slot: row.slot, state: row.state })),
      },
    },
  );
}

/** Deploy bundles that go with the rows. */
export async function bundleHashesOf(db: Db, { orgId, environment }: Within): Promise<string[]> {
  const rows = await db.deployment.findMany({
    where: { orgId, environment, bundleHash: { not: null } },
    select: { bundleHash: true },
  });
  return [...new Set(rows.flatMap((row) => row.bundleHash ?? []))];
}
