import { z } from 'zod';
import { recordAudit } from '../audit/record.ts';
import { authorize, environmentScope, findEnvironment, userActor } from '../authorize.ts';
import type { Caller } from '../caller.ts';
import { id, name } from '../inputs.ts';
import { conflict } from '../errors.ts';
import type { Services } from '../services.ts';
import { environmentSettings } from './settings.ts';
import { environmentView } from './view.ts';

export const updateEnvironmentInput = z.object({
  environmentId: id,
  name: name().optional(),
  settings: environmentSettings.partial().default({}),
});

/**
 * Renames an environment and changes its settings. Settings that stand in the deployment statement
 * (who approves, self-approval) make another digest of what is under way, which ends its approval.
 */
export async function updateEnvironment(
  services: Services,
  caller: Caller,
  input: z.infer<typeof updateEnvironmentInput>,
) {
  const { database, clock, live } = services;
  const environment = await findEnvironment(database.client, caller, input.environmentId);
  const scope = environmentScope(environment);
  await authorize(services, caller, 'ManageEnvironment', scope, 'environment.update');
  const now = clock.now();
  const updated = await database.transact(async (db) => {
    const taken = input.name
      ? await db.environment.findFirst({
          where: {
            orgId: environment.orgId,
            projectId: environment.projectId,
            name: input.name,
            id: { not: environment.id },
          },
          select: { id: true },
        })
      : null;
    if (taken) {
      throw conflict('environment_name_taken', `The project has an environment ${input.name}.`, {
        help: 'Choose another name.',
      });
    }
    const row = await db.environment.update({
      where: { orgId_id: { orgId: environment.orgId, id: environment.id } },
      data: { ...input.settings, ...(input.name ? { name: input.name } : {}) },
    });
    const before = environmentView(environment);
    await recordAudit(db, now, {
      orgId: environment.orgId,
      projectId: environment.projectId,
      environmentId: environment.id,
      actor: userActor(caller),
      action: 'environment.update',
      outcome: 'succeeded',
      resource: { kind: 'environment', id: environment.id, name: row.name },
      detail: { before, after: environmentView(row) },
    });
    await live.publish(
      db,
      {
        type: 'workspace',
        id: environment.id,
        orgId: environment.orgId,
        environmentId: environment.id,
      },
      now,
    );
    return row;
  });
  return environmentView(updated);
}
