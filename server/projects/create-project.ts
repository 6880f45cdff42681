import { z } from 'zod';
import { recordAudit } from '../audit/record.ts';
import { authorize, userActor } from '../authorize.ts';
import type { Caller } from '../caller.ts';
import { uuidv7 } from '../ids/uuid.ts';
import { id, name } from '../inputs.ts';
import type { Services } from '../services.ts';
import { orgScope } from '../workspace/scope.ts';

export const createProjectInput = z.object({ orgId: id, name: name() });

/** The organization owns the creation of projects. */
export async function createProject(
  services: Services,
  caller: Caller,
  input: z.infer<typeof createProjectInput>,
) {
  const { database, clock, live } = services;
  const scope = await orgScope(database.client, caller, input.orgId);
  await authorize(services, caller, 'ManageProject', scope, 'project.create');
  const now = clock.now();
  const projectId = uuidv7();
  await database.transact(async (db) => {
    await db.project.create({
      data: { id: projectId, orgId: scope.orgId, name: input.name, createdAt: now },
    });
    await recordAudit(db, now, {
      orgId: scope.orgId,
      projectId,
      actor: userActor(caller),
      action: 'project.create',
      outcome: 'succeeded',
      resource: { kind: 'project', id: projectId, name: input.name },
    });
    await live.publish(
      db,
      { type: 'workspace', id: projectId, orgId: scope.orgId, environmentId: null },
      now,
    );
  });
  return { projectId };
}
