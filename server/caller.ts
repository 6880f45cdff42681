/** Who calls, with the roles that were stored when the request came. */
import {
  permits,
  type OrgMemberships,
  type OrgRole,
  type ProjectRole,
} from './domain/permissions/roles.ts';
import type { Db } from './providers/database.ts';
import type { SignedInUser } from './providers/identity.ts';

export interface Caller {
  user: SignedInUser;
  /** By organization; only those where the person has any role. */
  memberships: ReadonlyMap<string, OrgMemberships>;
}

export async function loadCaller(db: Db, user: SignedInUser): Promise<Caller> {
  const [orgRows, projectRows] = await Promise.all([
    db.orgMember.findMany({ where: { userId: user.id } }),
    db.projectMember.findMany({ where: { userId: user.id } }),
  ]);
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
  return { user, memberships };
}

/**
 * Whether the caller may know of what stands in a project. Finders ask it, so that no refusal names
 * the parent of a thing that the caller may not see, and no second id of an input brings one in.
 */
export function sees(caller: Caller, place: { orgId: string; projectId: string }): boolean {
  const memberships = caller.memberships.get(place.orgId);
  return memberships !== undefined && permits(memberships, 'ViewProject', place.projectId);
}

/** The organizations whose rows a query of this caller may touch at all. */
export function orgIdsOf(caller: Caller): string[] {
  return [...caller.memberships.keys()];
}
