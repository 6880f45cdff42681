import { z } from 'zod';
import { recordAudit } from '../audit/record.ts';
import { authorize, userActor } from '../authorize.ts';
import type { Caller } from '../caller.ts';
import { ENVIRONMENT_DEFAULTS, POSTURES } from '../domain/environments/policy.ts';
import { uuidv7 } from '../ids/uuid.ts';
import { id, name } from '../inputs.ts';
import { conflict } from '../errors.ts';
import type { Services } from '../services.ts';
import { projectScope } from '../workspace/scope.ts';
import { environmentSettings } from './settings.ts';

export const createEnvironmentInput = z.object({
  projectId: id,
  name: name(),
  posture: z.enum(POSTURES),
  settings: environmentSettings.partial().default({}),
});

export async function createEnvironment(
  services: Services,
  caller: Caller,
  input: z.infer<typeof createEnvironmentInput>,
) {
  const { database, clock, live } = services;
  const scope = await projectScope(database.client, caller, input.projectId);
  await authorize(services, caller, 'ManageProject', scope, 'environment.create');
  const now = clock.now();
  const environmentId = uuidv7();
  await database.transact(async (db) => {
    const taken = await db.environment.findFirst({
      where: { orgId: scope.orgId, projectId: scope.id, name: input.name },
      select: { id: true },
    });
    if (taken) {
      throw conflict('environment_name_taken', `The project has an environment ${input.name}.`, {
        help: 'Choose another name.',
      });
    }
    await db.environment.create({
      data: {
        id: environmentId,
        orgId: scope.orgId,
        projectId: scope.id,
        name: input.name,
        posture: input.posture,
        ...ENVIRONMENT_DEFAULTS,
        ...input.settings,
        createdAt: now,
      },
    });
    await recordAudit(db, now, {
      orgId: scope.orgId,
      projectId: scope.id,
      environmentId,
      actor: userActor(caller),
      action: 'environment.create',
      outcome: 'succeeded',
      resource: { kind: 'environment', id: environmentId, name: input.name },
      detail: { posture: input.posture, ...input.settings },
    });
    await live.publish(
      db,
      { type: 'workspace', id: environmentId, orgId: scope.orgId, environmentId: null },
      now,
    );
  });
  return { environmentId };
}
