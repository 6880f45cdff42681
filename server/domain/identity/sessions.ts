/**
 * Who a session can be trusted to be. A link is a secret that whoever was shown it could have used:
 * so a session keeps, for its whole life, the members who were shown its link, and those who were
 * shown the link of the session in which that link was made. Where there are none, the person is
 * proven.
 */

export type SessionMethod = 'host_link' | 'page_link' | 'invitation';

/** How a session came to be; fixed when it is opened. */
export interface SessionOrigin {
  method: SessionMethod;
  /** User ids; see above. */
  shownTo: readonly string[];
}

/** Nobody but the person could have opened it. */
export function isProven(origin: SessionOrigin): boolean {
  return origin.shownTo.length === 0;
}

/** Who is shown a link that `issuer` makes in a session: the issuer, and whoever may be the issuer. */
export function shownToThrough(issuer: { userId: string; origin: SessionOrigin }): string[] {
  return [...new Set([issuer.userId, ...issuer.origin.shownTo])];
}

/** Days that a session lives after it was used last. */
export const SESSION_DAYS = 14;
/** Minutes for which a sign-in link works. */
export const SIGN_IN_LINK_MINUTES = 60;

export interface SignInLinkFacts {
  expiresAt: Date;
  usedAt: Date | null;
  endedAt: Date | null;
  /** The issuer's right today: to sign in somebody takes administering all of their organizations. */
  issuerMay: boolean;
}

export type SignInLinkRefusal =
  | 'sign_in_link_used'
  | 'sign_in_link_expired'
  | 'sign_in_link_ended'
  | 'sign_in_link_issuer_lost_right';

/** Why a link that is known opens no session, or null. */
export function refuseSignInLink(link: SignInLinkFacts, now: Date): SignInLinkRefusal | null {
  if (link.usedAt) return 'sign_in_link_used';
  if (link.endedAt) return 'sign_in_link_ended';
  if (now >= link.expiresAt) return 'sign_in_link_expired';
  if (!link.issuerMay) return 'sign_in_link_issuer_lost_right';
  return null;
}

export interface IssuerFacts {
  own: boolean;
  /** Organizations in which the person has any role, and those that the caller administers. */
  personOrgIds: readonly string[];
  administeredOrgIds: readonly string[];
}

export type IssueRefusal = 'sign_in_link_own' | 'sign_in_link_not_admin' | 'sign_in_link_elsewhere';

/**
 * Why somebody may not issue a sign-in link for a person in the page, or null. Administering one of
 * the person's organizations isn't enough: the link would open the others too.
 */
export function refuseToIssue(facts: IssuerFacts): IssueRefusal | null {
  if (facts.own) return 'sign_in_link_own';
  const administers = (orgId: string) => facts.administeredOrgIds.includes(orgId);
  if (!facts.personOrgIds.some(administers)) return 'sign_in_link_not_admin';
  return facts.personOrgIds.every(administers) ? null : 'sign_in_link_elsewhere';
}
