import { z } from 'zod';
import { recordAudit } from '../audit/record.ts';
import { authorize, userActor } from '../authorize.ts';
import type { Caller } from '../caller.ts';
import { id } from '../inputs.ts';
import type { Services } from '../services.ts';
import { projectScope } from '../workspace/scope.ts';

export const deleteProjectInput = z.object({ projectId: id });

/** Deletes a project with everything in it. Audit records stay. */
export async function deleteProject(
  services: Services,
  caller: Caller,
  input: z.infer<typeof deleteProjectInput>,
) {
  const { database, clock, live } = services;
  const scope = await projectScope(database.client, caller, input.projectId);
  await authorize(services, caller, 'ManageProject', scope, 'project.delete');
  const now = clock.now();
  await database.transact(async (db) => {
    await db.project.deleteMany({ where: { id: scope.id, orgId: scope.orgId } });
    await recordAudit(db, now, {
      orgId: scope.orgId,
      projectId: scope.id,
      actor: userActor(caller),
      action: 'project.delete',
      outcome: 'succeeded',
      resource: { kind: 'project', id: scope.id, name: scope.name ?? null },
    });
    await live.publish(
      db,
      { type: 'workspace', id: scope.id, orgId: scope.orgId, environmentId: null },
      now,
    );
  });
  return {};
}
