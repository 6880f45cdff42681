/** Who calls, with the roles that were stored when the request came. */
import { isProven } from './domain/identity/sessions.ts';
import { permits, type OrgMemberships } from './domain/permissions/roles.ts';
import { membershipsOf } from './roles/memberships.ts';
import type { Db } from './providers/database.ts';
import type { SignedInUser } from './providers/identity.ts';

export interface Caller {
  user: SignedInUser;
  /** By organization; only those where the person has any role and the session reaches. */
  memberships: ReadonlyMap<string, OrgMemberships>;
}

/**
 * The caller of a session. One whose link somebody else was shown reaches only the organizations that
 * it was opened for: what the person is given elsewhere, the issuer must not get with it.
 */
export async function loadCaller(db: Db, user: SignedInUser): Promise<Caller> {
  const all = await membershipsOf(db, user.id);
  const { session } = user;
  if (isProven(session)) return { user, memberships: all };
  return { user, memberships: new Map([...all].filter(([id]) => session.orgIds.includes(id))) };
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
