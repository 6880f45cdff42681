import { z } from 'zod';
import { environmentScope, findEnvironment } from '../scopes.ts';
import { id } from '../inputs.ts';
import { namesOf } from '../members/names.ts';
import { operation } from '../operation.ts';
import { deploymentListView, listInclude } from './view.ts';

const SHOWN = 200;

/** The deployments of an environment, newest first. */
export const listDeployments = operation({
  kind: 'read',
  name: 'deployment.list',
  input: z.object({ environmentId: id }),
  thing: ({ db, caller, input }) => findEnvironment(db, caller, input.environmentId),
  scope: environmentScope,
  needs: 'ViewEnvironment',
  async run({ db, thing: environment, now }) {
    const rows = await db.deployment.findMany({
      where: { orgId: environment.orgId, environmentId: environment.id },
      orderBy: { createdAt: 'desc' },
      take: SHOWN,
      include: listInclude,
    });
    const names = await namesOf(
      db,
      rows.map((row) => row.requestedBy),
    );
    return rows.map((row) => deploymentListView(row, names, now));
  },
});
