import { z } from 'zod';
import { authorize, environmentScope, findEnvironment } from '../authorize.ts';
import type { Caller } from '../caller.ts';
import { namesOf } from '../members/names.ts';
import type { Services } from '../services.ts';
import { id } from './fields.ts';

export const listDraftsInput = z.object({ environmentId: id });

/** The drafts of an environment, last changed first, with what `spec_ingest` found. */
export async function listDrafts(
  services: Services,
  caller: Caller,
  input: z.infer<typeof listDraftsInput>,
) {
  const db = services.database.client;
  const environment = await findEnvironment(db, caller, input.environmentId);
  await authorize(services, caller, 'ViewEnvironment', environmentScope(environment), 'draft.list');
  const rows = await db.draft.findMany({
    where: { orgId: environment.orgId, environmentId: environment.id },
    orderBy: { updatedAt: 'desc' },
  });
  const names = await namesOf(
    db,
    rows.flatMap((row) => [row.createdBy, row.updatedBy]),
  );
  return rows.map((row) => ({
    id: row.id,
    environmentId: row.environmentId,
    name: row.name,
    target: row.target as 'single_ring' | 'lane_graph',
    revision: row.revision,
    createdBy: names(row.createdBy),
    updatedBy: names(row.updatedBy),
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
    /** null until the server has looked at this revision. */
    checked:
      row.ingestedRevision === row.revision
        ? { errors: row.errorCount ?? 0, warnings: row.warningCount ?? 0, specHash: row.specHash }
        : null,
  }));
}
