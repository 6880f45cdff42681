import { z } from 'zod';
import { environmentScope, findEnvironment } from '../scopes.ts';
import { id } from '../inputs.ts';
import { operation } from '../operation.ts';
import { bundleView } from './view.ts';

/** The config bundles of an environment, last changed first. */
export const listBundles = operation({
  kind: 'read',
  name: 'bundle.list',
  input: z.object({ environmentId: id }),
  thing: ({ db, caller, input }) => findEnvironment(db, caller, input.environmentId),
  scope: environmentScope,
  needs: 'ViewEnvironment',
  async run({ db, thing: environment }) {
    const rows = await db.configBundle.findMany({
      where: { orgId: environment.orgId, environmentId: environment.id },
      orderBy: { updatedAt: 'desc' },
      include: { version: { select: { number: true, name: true } } },
    });
    return rows.map(bundleView);
  },
});
