import {
  effectiveRole,
  permits,
  type OrgMemberships,
  type OrgRole,
  type Permission,
  type ProjectRole,
  type Role,
} from '../domain/permissions/roles.ts';
import type { Db } from '../providers/database.ts';
import type { PersonName } from './names.ts';

/** Everybody who holds a permission in a project today, with the role that counts there, by name. */
export async function peopleWith(
  db: Db,
  { orgId, projectId }: { orgId: string; projectId: string },
  permission: Permission,
): Promise<(PersonName & { role: Role | null })[]> {
  const user = { select: { id: true, name: true } } as const;
  const orgRows = await db.orgMember.findMany({ where: { orgId }, include: { user } });
  const projectRows = await db.projectMember.findMany({
    where: { orgId, projectId },
    include: { user },
  });
  const people = new Map<string, PersonName & { roles: OrgMemberships }>();
  for (const row of orgRows) {
    const roles = { orgRole: row.role as OrgRole, projectRoles: new Map() };
    people.set(row.userId, { ...row.user, roles });
  }
  for (const row of projectRows) {
    const orgRole = people.get(row.userId)?.roles.orgRole ?? null;
    const projectRoles = new Map([[projectId, row.role as ProjectRole]]);
    people.set(row.userId, { ...row.user, roles: { orgRole, projectRoles } });
  }
  return [...people.values()]
    .filter(({ roles }) => permits(roles, permission, projectId))
    .map(({ id, name, roles }) => ({ id, name, role: effectiveRole(roles, projectId) }))
    .sort((a, b) => a.name.localeCompare(b.name, 'en'));
}
