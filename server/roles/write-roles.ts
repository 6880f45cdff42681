/**
 * The one writer of roles (`server/test/roles-have-one-writer.test.ts`): whatever path leads here, an
 * organization keeps its last administrator, and who stops being one loses the sessions of others
 * that their links opened.
 */
import type { OrgRole, ProjectRole, Role } from '../domain/permissions/roles.ts';
import { refused } from '../errors.ts';
import type { Db } from '../providers/database.ts';

/** A role of an organization, or of one of its projects. */
export type RolePlace = { orgId: string; userId: string } & (
  { projectId: null; role: OrgRole } | { projectId: string; role: ProjectRole }
);

const RANK: Record<Role, number> = { viewer: 0, operator: 1, project_admin: 2, org_admin: 3 };

/** Gives exactly this role, be it a lower one. */
export async function setRole(db: Db, place: RolePlace, now: Date): Promise<void> {
  const { orgId, projectId, userId, role } = place;
  if (projectId !== null) {
    await db.projectMember.upsert({
      where: { orgId_projectId_userId: { orgId, projectId, userId } },
      create: { orgId, projectId, userId, role, createdAt: now },
      update: { role },
    });
    return;
  }
  if (role !== 'org_admin') await beforeAdminGoes(db, orgId, userId);
  await db.orgMember.upsert({
    where: { orgId_userId: { orgId, userId } },
    create: { orgId, userId, role, createdAt: now },
    update: { role },
  });
}

/** Gives this role unless the person has it or a higher one there. Answers the role that counts. */
export async function raiseRole(db: Db, place: RolePlace, now: Date): Promise<Role> {
  const { orgId, projectId, userId } = place;
  const row =
    projectId === null
      ? await db.orgMember.findUnique({ where: { orgId_userId: { orgId, userId } } })
      : await db.projectMember.findUnique({
          where: { orgId_projectId_userId: { orgId, projectId, userId } },
        });
  const held = row?.role as Role | undefined;
  if (held !== undefined && RANK[held] >= RANK[place.role]) return held;
  await setRole(db, place, now);
  return place.role;
}

/** Takes the roles on one project, or everywhere in the organization. Answers how many there were. */
export async function takeRoles(
  db: Db,
  orgId: string,
  projectId: string | null,
  userId: string,
): Promise<number> {
  let count = 0;
  if (projectId === null) {
    await beforeAdminGoes(db, orgId, userId);
    count += (await db.orgMember.deleteMany({ where: { orgId, userId } })).count;
  }
  const where = { orgId, userId, ...(projectId === null ? {} : { projectId }) };
  count += (await db.projectMember.deleteMany({ where })).count;
  return count;
}

async function beforeAdminGoes(db: Db, orgId: string, userId: string): Promise<void> {
  const admins = await db.orgMember.findMany({
    where: { orgId, role: 'org_admin' },
    select: { userId: true },
  });
  if (!admins.some((admin) => admin.userId === userId)) return;
  if (admins.length === 1) {
    throw refused('last_org_admin', 'This is the only organization admin.', {
      help: 'Make somebody else organization admin first.',
    });
  }
  // What the links of this admin opened is in this admin's hands for all we know.
  await db.session.deleteMany({
    where: { method: 'page_link', shownTo: { has: userId }, orgIds: { has: orgId } },
  });
}
