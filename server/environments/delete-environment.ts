import { z } from 'zod';
import { environmentScope, findEnvironment } from '../scopes.ts';
import { id } from '../inputs.ts';
import { operation } from '../operation.ts';
import { bundleHashesOf, refuseInUse } from './in-use.ts';

/**
 * Deletes an environment with everything in it, agents included; not while something runs there. Audit
 * records stay. The deploy bundles go by a job of the same transaction.
 */
export const deleteEnvironment = operation({
  kind: 'change',
  name: 'environment.delete',
  input: z.object({ environmentId: id }),
  thing: ({ db, caller, input }) => findEnvironment(db, caller, input.environmentId),
  scope: environmentScope,
  needs: 'ManageEnvironment',
  recordsRefusals: true,
  async run({ services, db, thing: environment, afterCommit }) {
    const { orgId } = environment;
    const within = { orgId, environment: { id: environment.id } };
    await refuseInUse(db, 'environment', within);
    const bundleHashes = await bundleHashesOf(db, within);
    await db.environment.deleteMany({ where: { id: environment.id, orgId } });
    await services.jobs.enqueue(db, 'objects_remove', { orgId, bundleHashes }, environment.id);
    afterCommit(() => services.jobs.wake('objects_remove'));
    return {};
  },
  audit: () => ({}),
  events: ({ thing }) => [{ type: 'workspace', id: thing.id, environmentId: null }],
});
