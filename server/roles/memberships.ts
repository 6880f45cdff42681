/** What roles a person has, whoever asks. */
import type { OrgMemberships, OrgRole, ProjectRole } from '../domain/permissions/roles.ts';
import type { Db } from '../providers/database.ts';

/** By organization; only those where the person has any role. */
export async function membershipsOf(
  db: Db,
  userId: string,
): Promise<ReadonlyMap<string, OrgMemberships>> {
  const orgRows = await db.orgMember.findMany({ where: { userId } });
  const projectRows = await db.projectMember.findMany({ where: { userId } });
  const memberships = new Map<
    string,
    { orgRole: OrgRole | null; projectRoles: Map<string, ProjectRole> }
  >();
  const of = (orgId: string) => {
    const known = memberships.get(orgId) ?? { orgRole: null, projectRoles: new Map() };
    memberships.set(orgId, known);
    return known;
  };
  for (const row of orgRows) of(row.orgId).orgRole = row.role as OrgRole;
  for (const row of projectRows)
    of(row.orgId).projectRoles.set(row.projectId, row.role as ProjectRole);
  return memberships;
}

/** The organizations that somebody administers. */
export function administeredBy(memberships: ReadonlyMap<string, OrgMemberships>): string[] {
  return [...memberships].filter(([, one]) => one.orgRole === 'org_admin').map(([id]) => id);
}
