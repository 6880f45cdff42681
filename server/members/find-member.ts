import type { Caller } from '../caller.ts';
import { permits } from '../domain/permissions/roles.ts';
import { notFound } from '../errors.ts';
import type { Db } from '../providers/database.ts';

/** A member of an organization among those that the caller may know of (`list-members.ts`). */
export async function findMember(db: Db, caller: Caller, orgId: string, userId: string) {
  const own = caller.memberships.get(orgId);
  const user = await db.user.findUnique({
    where: { id: userId },
    select: {
      id: true,
      name: true,
      orgMembers: { where: { orgId } },
      projectMembers: { where: { orgId } },
    },
  });
  const seen =
    user &&
    own &&
    (user.orgMembers.length > 0 ||
      user.projectMembers.some((row) => permits(own, 'ViewProject', row.projectId)));
  if (!seen) throw notFound('member');
  return { id: user.id, name: user.name };
}
