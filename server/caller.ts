/** Who calls, with the roles that were stored when the request came. */
import { isProven } from './domain/identity/sessions.ts';
import type { OrgMemberships } from './domain/permissions/roles.ts';
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

/** The organizations whose rows a query of this caller may touch at all. */
export function orgIdsOf(caller: Caller): string[] {
  return [...caller.memberships.keys()];
}
