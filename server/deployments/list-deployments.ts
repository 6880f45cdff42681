import { z } from 'zod';
import { environmentScope, findEnvironment } from '../scopes.ts';
import { id } from '../inputs.ts';
import { namesOf } from '../members/names.ts';
import { operation } from '../operation.ts';
import { HELD, RUNS_OR_SHOULD } from '../deployment-state/health.ts';
import { deploymentListView, listInclude } from './view.ts';

const SHOWN = 200;

/** The newest deployments of an environment, and all that run in it or should; newest first. */
export const listDeployments = operation({
  kind: 'read',
  name: 'deployment.list',
  input: z.object({ environmentId: id }),
  thing: ({ db, caller, input }) => findEnvironment(db, caller, input.environmentId),
  scope: environmentScope,
  needs: 'ViewEnvironment',
  async run({ db, thing: environment, now }) {
    const where = { orgId: environment.orgId, environmentId: environment.id };
    const newest = await db.deployment.findMany({
      where,
      orderBy: { createdAt: 'desc' },
      take: SHOWN,
      include: listInclude,
    });
    // How old it may be: what the environment says of itself rests on this list.
    const older =
      newest.length < SHOWN
        ? []
        : await db.deployment.findMany({
            where: {
              ...where,
              id: { notIn: newest.map((row) => row.id) },
              agents: { some: { OR: [RUNS_OR_SHOULD, HELD] } },
            },
            orderBy: { createdAt: 'desc' },
            include: listInclude,
          });
    const rows = [...newest, ...older];
    const names = await namesOf(
      db,
      rows.map((row) => row.requestedBy),
    );
    return rows.map((row) => deploymentListView(row, names, now));
  },
});
