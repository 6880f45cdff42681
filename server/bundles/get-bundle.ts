import { z } from 'zod';
import { id } from '../inputs.ts';
import { namesOf } from '../members/names.ts';
import { operation } from '../operation.ts';
import { bundleScope, findBundle } from './find-bundle.ts';
import { bundleView } from './view.ts';

/** One config bundle with the text that will be shipped. */
export const getBundle = operation({
  kind: 'read',
  name: 'bundle.get',
  input: z.object({ bundleId: id }),
  thing: ({ db, caller, input }) => findBundle(db, caller, input.bundleId),
  scope: bundleScope,
  needs: 'ViewEnvironment',
  async run({ services, db, thing: row }) {
    const names = await namesOf(db, [row.createdBy, row.updatedBy]);
    const needs = services.compiler.bundleNeeds(row.version.specKv);
    return {
      ...bundleView(row),
      secretNames: needs.secrets,
      boundaries: needs.boundaries,
      chooses: needs.chooses,
      environment: {
        id: row.environment.id,
        name: row.environment.name,
        posture: row.environment.posture as 'dev' | 'staging' | 'prod',
      },
      createdBy: names(row.createdBy),
      updatedBy: names(row.updatedBy),
    };
  },
});
