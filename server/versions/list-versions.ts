import { z } from 'zod';
import { environmentScope, findEnvironment } from '../scopes.ts';
import { id } from '../inputs.ts';
import { namesOf } from '../members/names.ts';
import { operation } from '../operation.ts';

/** The versions of an environment, newest first, without their texts. */
export const listVersions = operation({
  kind: 'read',
  name: 'version.list',
  input: z.object({ environmentId: id }),
  thing: ({ db, caller, input }) => findEnvironment(db, caller, input.environmentId),
  scope: environmentScope,
  needs: 'ViewEnvironment',
  async run({ db, thing: environment }) {
    const rows = await db.version.findMany({
      where: { orgId: environment.orgId, environmentId: environment.id },
      orderBy: { number: 'desc' },
      omit: {
        text: true,
        layout: true,
        cases: true,
        samples: true,
        pageCases: true,
        specKv: true,
        describe: true,
        diagnostics: true,
      },
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
  },
});
