import { z } from 'zod';
import { authorize, environmentScope, findEnvironment } from '../authorize.ts';
import type { Caller } from '../caller.ts';
import { id } from '../inputs.ts';
import type { Services } from '../services.ts';
import { bundleView } from './view.ts';

export const listBundlesInput = z.object({ environmentId: id });

/** The config bundles of an environment, last changed first. */
export async function listBundles(
  services: Services,
  caller: Caller,
  input: z.infer<typeof listBundlesInput>,
) {
  const db = services.database.client;
  const environment = await findEnvironment(db, caller, input.environmentId);
  await authorize(
    services,
    caller,
    'ViewEnvironment',
    environmentScope(environment),
    'bundle.list',
  );
  const rows = await db.configBundle.findMany({
    where: { orgId: environment.orgId, environmentId: environment.id },
    orderBy: { updatedAt: 'desc' },
    include: { version: { select: { number: true, name: true } } },
  });
  return rows.map(bundleView);
}
