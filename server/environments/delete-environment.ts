import { z } from 'zod';
import { recordAudit } from '../audit/record.ts';
import { authorize, environmentScope, findEnvironment, userActor } from '../authorize.ts';
import type { Caller } from '../caller.ts';
import { id } from '../inputs.ts';
import type { Services } from '../services.ts';

export const deleteEnvironmentInput = z.object({ environmentId: id });

/** Deletes an environment with everything in it, agents included. Audit records stay. */
export async function deleteEnvironment(
  services: Services,
  caller: Caller,
  input: z.infer<typeof deleteEnvironmentInput>,
) {
  const { database, clock, live } = services;
  const environment = await findEnvironment(database.client, caller, input.environmentId);
  const scope = environmentScope(environment);
  await authorize(services, caller, 'ManageEnvironment', scope, 'environment.delete');
  const now = clock.now();
  await database.transact(async (db) => {
    await db.environment.deleteMany({ where: { id: environment.id, orgId: environment.orgId } });
    await recordAudit(db, now, {
      orgId: environment.orgId,
      projectId: environment.projectId,
      environmentId: environment.id,
      actor: userActor(caller),
      action: 'environment.delete',
      outcome: 'succeeded',
      resource: { kind: 'environment', id: environment.id, name: environment.name },
    });
    await live.publish(
      db,
      { type: 'workspace', id: environment.id, orgId: environment.orgId, environmentId: null },
      now,
    );
  });
  return {};
}
