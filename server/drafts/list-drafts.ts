import { z } from 'zod';
import { environmentScope, findEnvironment } from '../scopes.ts';
import { id } from '../inputs.ts';
import { emptyAmong } from './empty-drafts.ts';
import { namesOf } from '../members/names.ts';
import { operation } from '../operation.ts';

/** The drafts of an environment, last changed first, with what `spec_ingest` found. */
export const listDrafts = operation({
  kind: 'read',
  name: 'draft.list',
  input: z.object({ environmentId: id }),
  thing: ({ db, caller, input }) => findEnvironment(db, caller, input.environmentId),
  scope: environmentScope,
  needs: 'ViewEnvironment',
  async run({ db, thing: environment }) {
    const rows = await db.draft.findMany({
      where: { orgId: environment.orgId, environmentId: environment.id },
      orderBy: { updatedAt: 'desc' },
      omit: { text: true, layout: true, cases: true, samples: true },
    });
    const names = await namesOf(
      db,
      rows.flatMap((row) => [row.createdBy, row.updatedBy]),
    );
    const empty = await emptyAmong(
      db,
      rows.map(({ id }) => id),
    );
    return rows.map((row) => ({
      id: row.id,
      /** Nothing is written in it. */
      empty: empty.has(row.id),
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
  },
});
