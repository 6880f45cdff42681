/**
 * Four eyes need two persons: the second is one whose identity the first never held. What can be
 * known of it is how requester and reviewer came into their sessions, and by whose links.
 */
import { isProven, type SessionOrigin } from '../identity/sessions.ts';

/** A person in a session. */
export interface Presence extends SessionOrigin {
  userId: string;
}

/** Of somebody who acted before origins were kept nothing is known, so nothing is proven. */
export function unknownPresence(userId: string): Presence {
  return { userId, method: 'invitation', shownTo: [userId] };
}

/** How two unproven people hang together; the strongest that holds. */
type Tie = 'requester_let_in_approver' | 'approver_let_in_requester' | 'common_inviter';

export interface SecondPerson {
  /** Both are proven, so neither can be the other. */
  proven: boolean;
  tie: Tie | null;
}

export function secondPerson(requester: Presence, approver: Presence): SecondPerson {
  const tie: Tie | null = approver.shownTo.includes(requester.userId)
    ? 'requester_let_in_approver'
    : requester.shownTo.includes(approver.userId)
      ? 'approver_let_in_requester'
      : approver.shownTo.some((userId) => requester.shownTo.includes(userId))
        ? 'common_inviter'
        : null;
  return { proven: isProven(requester) && isProven(approver), tie };
}

/**
 * Whether a session that was opened by a page's link is on the wrong side: its issuer asked for the
 * deployment, wrote what it runs, or is the one who decides. For such sessions there is no setting.
 */
export function issuedByTheOtherSide(
  requester: Presence,
  approver: Presence,
  authors: readonly string[],
): boolean {
  const bound = requester.method === 'page_link' || approver.method === 'page_link';
  if (bound && secondPerson(requester, approver).tie !== null) return true;
  return (
    approver.method === 'page_link' && approver.shownTo.some((userId) => authors.includes(userId))
  );
}
