import type { Outputs } from '$lib/api';

type Approval = Outputs['approvals']['get'];
export type Refusal = NonNullable<
  | Approval['approveRefusal']
  | Approval['breakGlassRefusal']
  | Approval['revokeRefusal']
  | Approval['reviewRefusal']
>;

/**
 * Why the server would refuse, said before anybody clicks: `long` with the way out where the decision
 * stands, `short` in a list. Each code has both, or this doesn't compile.
 */
export const refusalWords: Record<Refusal, { long: string; short: string }> = {
  permission_denied: {
    long: 'Your role here looks on: an operator decides.',
    short: 'your role looks on',
  },
  approval_not_pending: { long: 'It is decided already.', short: 'it is decided' },
  approval_expired: {
    long: 'The time to decide has passed. It has to be requested again.',
    short: 'the time to decide has passed',
  },
  approval_statement_version: {
    long: 'It was asked for before requests said who has to approve. Withdraw it and ask again.',
    short: 'it has to be asked for again',
  },
  approval_digest_changed: {
    long: 'A setting of the environment changed since it was asked for. It has to be asked for again.',
    short: 'a setting changed: it has to be asked for again',
  },
  approval_not_named: {
    long: 'You aren’t among those who may approve it; the approvers that it names decide.',
    short: 'you aren’t a named approver',
  },
  approval_own_request: {
    long: 'You asked for it: another person has to approve.',
    short: 'you asked for it: another person approves',
  },
  approval_already_given: {
    long: 'You said yes already; a person counts once. The others decide.',
    short: 'you said yes; others have to as well',
  },
  approval_issuers_request: {
    long: 'A sign-in link that was issued in the page ties you to the other side of this decision: its issuer asked for it, wrote it, or would decide in your name. Sign in by a link from the host.',
    short: 'a sign-in link ties you to who asked',
  },
  approval_same_hands: {
    long: 'A sign-in link that was issued in the page ties you to somebody who decided already: together you count as one. Sign in by a link from the host.',
    short: 'a sign-in link ties you to who decided',
  },
  approval_second_person_not_proven: {
    long: 'Two people who are both proven decide here. Sign in by a link from the host; then it has to be asked for again, unless who asked is proven already.',
    short: 'only people who are both proven decide',
  },
  break_glass_not_allowed: {
    long: 'When it was asked for, the environment didn’t allow one person to decide alone.',
    short: 'nobody decides alone here',
  },
  break_glass_own_allowance: {
    long: 'You allowed breaking the glass here, so somebody else has to do it.',
    short: 'you allowed it, so somebody else does it',
  },
  break_glass_not_used: { long: 'Nobody broke the glass here.', short: 'nobody broke the glass' },
  break_glass_reviewed: { long: 'It was reviewed already.', short: 'it was reviewed' },
  break_glass_own_review: {
    long: 'Somebody else than who asked and who decided has to review it.',
    short: 'somebody else reviews it',
  },
  approval_not_yours_to_revoke: {
    long: 'You neither approved it nor administer the environment.',
    short: 'not yours to revoke',
  },
  approval_nothing_to_revoke: {
    long: 'There is no yes of yours and no grant that could be revoked.',
    short: 'nothing to revoke',
  },
};
