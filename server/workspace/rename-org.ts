import { z } from 'zod';
import { recordAudit } from '../audit/record.ts';
import { authorize, userActor } from '../authorize.ts';
import type { Caller } from '../caller.ts';
import { id, name } from '../inputs.ts';
import type { Services } from '../services.ts';
import { orgScope } from './scope.ts';

export const renameOrgInput = z.object({ orgId: id, name: name() });

export async function renameOrg(
  services: Services,
  caller: Caller,
  input: z.infer<typeof renameOrgInput>,
) {
  const { database, clock, live } = services;
  const scope = await orgScope(database.client, caller, input.orgId);
  await authorize(services, caller, 'ManageOrgMemberships', scope, 'organization.rename');
  const now = clock.now();
  await database.transact(async (db) => {
    await db.organization.update({ where: { id: scope.id }, data: { name: input.name } });
    await recordAudit(db, now, {
      orgId: scope.orgId,
      actor: userActor(caller),
      action: 'organization.rename',
      outcome: 'succeeded',
      resource: { kind: 'organization', id: scope.id, name: input.name },
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
