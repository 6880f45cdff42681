/** What roles a person has, whoever asks. */
import {
  effectiveRole,
  type OrgMemberships,
  type OrgRole,
  type ProjectRole,
  type Role,
} from '../domain/permissions/roles.ts';
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

interface InProject {
  orgId: string;
  projectId: string;
}

/** The roles that count for some people in some projects now; null where somebody has none any more. */
export async function rolesIn(
  db: Db,
  places: readonly InProject[],
  userIds: readonly string[],
): Promise<(place: InProject, userId: string) => Role | null> {
  const userId = { in: [...new Set(userIds)] };
  const orgId = { in: [...new Set(places.map((place) => place.orgId))] };
  const projectId = { in: [...new Set(places.map((place) => place.projectId))] };
  const atOrg = await db.orgMember.findMany({ where: { orgId, userId } });
  const atProject = await db.projectMember.findMany({ where: { orgId, projectId, userId } });
  const keyOf = (place: string, user: string) => `${place} ${user}`;
  const orgRoles = new Map(atOrg.map((row) => [keyOf(row.orgId, row.userId), row.role as OrgRole]));
  const projectRoles = new Map(
    atProject.map((row) => [keyOf(row.projectId, row.userId), row.role as ProjectRole]),
  );
  return (place, id) => {
    const role = projectRoles.get(keyOf(place.projectId, id));
    return effectiveRole(
      {
        orgRole: orgRoles.get(keyOf(place.orgId, id)) ?? null,
        projectRoles: role ? new Map([[place.projectId, role]]) : new Map(),
      },
      place.projectId,
    );
  };
}
