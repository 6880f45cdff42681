import { z } from 'zod';
import { recordAudit } from '../audit/record.ts';
import { authorize, userActor } from '../authorize.ts';
import type { Caller } from '../caller.ts';
import { id } from '../inputs.ts';
import { notFound } from '../errors.ts';
import type { Services } from '../services.ts';
import { grantOf, refuseLastAdmin, roleInput, writeRole } from './roles.ts';

export const changeRoleInput = z.object({
  orgId: id,
  /** Left out: the role in the organization. */
  projectId: id.optional(),
  userId: id,
  role: roleInput,
});

/** Gives somebody who belongs to the organization another role. */
export async function changeRole(
  services: Services,
  caller: Caller,
  input: z.infer<typeof changeRoleInput>,
) {
  const { database, clock, live } = services;
  const grant = await grantOf(database.client, caller, input.orgId, input.projectId, input.role);
  await authorize(services, caller, grant.permission, grant.scope, 'member.change_role');
  const now = clock.now();
  await database.transact(async (db) => {
    const member = await db.user.findFirst({
      where: {
        id: input.userId,
        OR: [
          { orgMembers: { some: { orgId: input.orgId } } },
          { projectMembers: { some: { orgId: input.orgId } } },
        ],
      },
    });
    if (!member) throw notFound('member');
    if (grant.projectId === null && grant.role !== 'org_admin') {
      await refuseLastAdmin(db, input.orgId, input.userId);
    }
    await writeRole(db, input.orgId, grant.projectId, input.userId, grant.role, now);
    await recordAudit(db, now, {
      orgId: input.orgId,
      projectId: grant.projectId,
      actor: userActor(caller),
      action: 'member.change_role',
      outcome: 'succeeded',
      resource: { kind: 'user', id: member.id, name: member.name },
      detail: { role: grant.role },
    });
    await live.publish(
      db,
      { type: 'member', id: member.id, orgId: input.orgId, environmentId: null },
      now,
    );
  });
  return {};
}
