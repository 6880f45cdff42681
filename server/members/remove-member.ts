import { z } from 'zod';
import { recordAudit } from '../audit/record.ts';
import { authorize, userActor } from '../authorize.ts';
import type { Caller } from '../caller.ts';
import { id } from '../inputs.ts';
import { notFound } from '../errors.ts';
import type { Services } from '../services.ts';
import { orgScope, projectScope } from '../workspace/scope.ts';
import { refuseLastAdmin } from './roles.ts';

export const removeMemberInput = z.object({
  orgId: id,
  /** Left out: from the organization and all of its projects. */
  projectId: id.optional(),
  userId: id,
});

/** Takes somebody's role away. What the person did stays in history under the name. */
export async function removeMember(
  services: Services,
  caller: Caller,
  input: z.infer<typeof removeMemberInput>,
) {
  const { database, clock, live } = services;
  const { orgId, projectId, userId } = input;
  const scope = projectId
    ? await projectScope(database.client, caller, projectId)
    : await orgScope(database.client, caller, orgId);
  await authorize(
    services,
    caller,
    projectId ? 'ManageProject' : 'ManageOrgMemberships',
    scope,
    'member.remove',
  );
  if (scope.orgId !== orgId) throw notFound('project');
  const now = clock.now();
  await database.transact(async (db) => {
    let count = 0;
    if (!projectId) {
      await refuseLastAdmin(db, orgId, userId);
      count += (await db.orgMember.deleteMany({ where: { orgId, userId } })).count;
    }
    count += (
      await db.projectMember.deleteMany({
        where: { orgId, userId, ...(projectId ? { projectId } : {}) },
      })
    ).count;
    if (count === 0) throw notFound('member');
    const user = await db.user.findUnique({ where: { id: userId } });
    await recordAudit(db, now, {
      orgId,
      projectId: projectId ?? null,
      actor: userActor(caller),
      action: 'member.remove',
      outcome: 'succeeded',
      resource: { kind: 'user', id: userId, name: user?.name ?? null },
    });
    await live.publish(db, { type: 'member', id: userId, orgId, environmentId: null }, now);
  });
  return {};
}
