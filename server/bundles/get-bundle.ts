import { z } from 'zod';
import { authorize, scopeWithin } from '../authorize.ts';
import type { Caller } from '../caller.ts';
import { id } from '../inputs.ts';
import { namesOf } from '../members/names.ts';
import type { Services } from '../services.ts';
import { findBundle } from './find-bundle.ts';
import { bundleView } from './view.ts';

export const getBundleInput = z.object({ bundleId: id });

/** One config bundle with the text that will be shipped. */
export async function getBundle(
  services: Services,
  caller: Caller,
  input: z.infer<typeof getBundleInput>,
) {
  const db = services.database.client;
  const row = await findBundle(db, caller, input.bundleId);
  const scope = scopeWithin(row.environment, 'bundle', row.id, row.name);
  await authorize(services, caller, 'ViewEnvironment', scope, 'bundle.get');
  const names = await namesOf(db, [row.createdBy, row.updatedBy]);
  return {
    ...bundleView(row),
    secretNames: services.compiler.secretsOf(row.version.specKv),
    environment: {
      id: row.environment.id,
      name: row.environment.name,
      posture: row.environment.posture as 'dev' | 'staging' | 'prod',
    },
    createdBy: names(row.createdBy),
    updatedBy: names(row.updatedBy),
  };
}
