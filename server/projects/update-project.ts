import { z } from 'zod';
import { recordAudit } from '../audit/record.ts';
import { authorize, userActor } from '../authorize.ts';
import type { Caller } from '../caller.ts';
import { id, name } from '../inputs.ts';
import type { Services } from '../services.ts';
import { projectScope } from '../workspace/scope.ts';

export const updateProjectInput = z.object({ projectId: id, name: name() });

export async function updateProject(
  services: Services,
  caller: Caller,
  input: z.infer<typeof updateProjectInput>,
) {
  const { database, clock, live } = services;
  const scope = await projectScope(database.client, caller, input.projectId);
  await authorize(services, caller, 'ManageProject', scope, 'project.update');
  const now = clock.now();
  await database.transact(async (db) => {
    await db.project.updateMany({
      where: { id: scope.id, orgId: scope.orgId },
      data: { name: input.name },
    });
    await recordAudit(db, now, {
      orgId: scope.orgId,
      projectId: scope.id,
      actor: userActor(caller),
      action: 'project.update',
      outcome: 'succeeded',
      resource: { kind: 'project', id: scope.id, name: input.name },
      detail: { before: scope.name ?? '' },
    });
    await live.publish(
      db,
      { type: 'workspace', id: scope.id, orgId: scope.orgId, environmentId: null },
      now,
    );
  });
  return { name: input.name };
}
