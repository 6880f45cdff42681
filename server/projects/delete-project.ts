import { z } from 'zod';
import { bundleHashesOf, refuseInUse } from '../environments/in-use.ts';
import { id } from '../inputs.ts';
import { operation } from '../operation.ts';
import { projectScope } from '../scopes.ts';

/**
 * Deletes a project with everything in it; not while something runs in one of its environments. Audit
 * records stay. The deploy bundles go by a job of the same transaction.
 */
export const deleteProject = operation({
  kind: 'change',
  name: 'project.delete',
  input: z.object({ projectId: id }),
  thing: ({ db, caller, input }) => projectScope(db, caller, input.projectId),
  scope: (project) => project,
  needs: 'ManageProject',
  recordsRefusals: true,
  async run({ services, db, thing: { id: projectId, orgId }, afterCommit }) {
    const within = { orgId, environment: { projectId } };
    await refuseInUse(db, 'project', within);
    const bundleHashes = await bundleHashesOf(db, within);
    await db.project.deleteMany({ where: { id: projectId, orgId } });
    await services.jobs.enqueue(db, 'objects_remove', { orgId, bundleHashes }, projectId);
    afterCommit(() => services.jobs.wake('objects_remove'));
    return {};
  },
  audit: () => ({}),
  events: ({ thing }) => [{ type: 'workspace', id: thing.id }],
});
