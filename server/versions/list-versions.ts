import { z } from 'zod';
import { authorize, environmentScope, findEnvironment } from '../authorize.ts';
import type { Caller } from '../caller.ts';
import { id } from '../inputs.ts';
import { namesOf } from '../members/names.ts';
import type { Services } from '../services.ts';

export const listVersionsInput = z.object({ environmentId: id });

/** The versions of an environment, newest first, without their texts. */
export async function listVersions(
  services: Services,
  caller: Caller,
  input: z.infer<typeof listVersionsInput>,
) {
  const db = services.database.client;
  const environment = await findEnvironment(db, caller, input.environmentId);
  await authorize(
    services,
    caller,
    'ViewEnvironment',
    environmentScope(environment),
    'version.list',
  );
  const rows = await db.version.findMany({
    where: { orgId: environment.orgId, environmentId: environment.id },
    orderBy: { number: 'desc' },
    omit: { text: true, layout: true, specKv: true, describe: true, diagnostics: true },
  });
  const names = await namesOf(
    db,
    rows.map((row) => row.createdBy),
  );
  return rows.map((row) => ({
    id: row.id,
    environmentId: row.environmentId,
    number: row.number,
    name: row.name,
    target: row.target as 'single_ring' | 'lane_graph',
    specHash: row.specHash,
    capabilities: row.capabilities,
    compilerVersion: row.compilerVersion,
    draftId: row.draftId,
    promotedFrom: row.promotedFrom,
    createdBy: names(row.createdBy),
    createdAt: row.createdAt.toISOString(),
  }));
}
