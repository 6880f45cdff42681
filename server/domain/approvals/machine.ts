/** The approval's states (reference `cloud.md` section 2). */

import type { Posture } from '../environments/policy.ts';
import { isProven } from '../identity/sessions.ts';
import type { Role } from '../permissions/roles.ts';
import { isApproverRole, mayApprove, type ApprovalRules } from './rules.ts';
import { issuedByTheOtherSide, type Presence } from './second-person.ts';

export const APPROVAL_STATES = [
  'pending',
  'approved',
  'denied',
  'expired',
  'revoked',
  // Taken back by whoever asked, or an operator, before anybody decided: decision 62.
  'withdrawn',
] as const;
export type ApprovalState = (typeof APPROVAL_STATES)[number];

export const APPROVAL_EVENTS = [
  'approve',
  'deny',
  'window_passed',
  'withdraw',
  'withdraw_grant',
] as const;
export type ApprovalEvent = (typeof APPROVAL_EVENTS)[number];

const TABLE: Record<ApprovalState, Partial<Record<ApprovalEvent, ApprovalState>>> = {
  pending: { approve: 'approved', deny: 'denied', window_passed: 'expired', withdraw: 'withdrawn' },
  approved: { withdraw_grant: 'revoked' },
  denied: {},
  expired: {},
  revoked: {},
  withdrawn: {},
};

/** The state after an event, or null when the event is refused in this state. */
export function approvalAfter(state: ApprovalState, event: ApprovalEvent): ApprovalState | null {
  return TABLE[state][event] ?? null;
}

/** `break_glass`: one person's yes in place of all that the rules ask for. */
export type Decision = 'approve' | 'deny' | 'break_glass';

export interface DecisionFacts {
  state: ApprovalState;
  /** Of the request's statement; one of version 1 binds no quorum, and is asked for again. */
  statementVersion: number;
  /** The digest that the approval is for, and the one the reviewer saw. */
  digest: string;
  seenDigest: string;
  requester: Presence;
  reviewer: Presence;
  /** The reviewer's role in the environment now. */
  role: Role | null;
  /** Whose yes counts so far. */
  yeses: readonly Presence[];
  /** Who wrote what would run: plan, version, config bundle. */
  authors: readonly string[];
  decision: Decision;
  posture: Posture;
  /** As the statement binds them. */
  rules: ApprovalRules;
  /** Who allowed breaking the glass in the environment. */
  breakGlassAllowedBy: string | null;
  now: Date;
  expiresAt: Date;
}

export type DecisionRefusal =
  | 'approval_not_pending'
  | 'approval_expired'
  | 'approval_statement_version'
  | 'approval_digest_changed'
  | 'approval_not_named'
  | 'approval_own_request'
  | 'approval_already_given'
  | 'approval_issuers_request'
  | 'approval_same_hands'
  | 'approval_second_person_not_proven'
  | 'break_glass_not_allowed'
  | 'break_glass_own_allowance';

/**
 * Why a decision is refused, or null. Denying one's own request is possible, unless the session is in
 * the hands of somebody on the other side: its words would be theirs.
 */
export function refuseDecision(facts: DecisionFacts): DecisionRefusal | null {
  if (facts.state !== 'pending') return 'approval_not_pending';
  if (facts.now >= facts.expiresAt) return 'approval_expired';
  if (facts.decision !== 'deny' && facts.statementVersion < 2) return 'approval_statement_version';
  if (facts.digest !== facts.seenDigest) return 'approval_digest_changed';
  if (facts.decision === 'approve') return refuseYes(facts);
  if (facts.decision === 'break_glass') return refuseBreakGlass(facts);
  return inTheOtherSidesHands(facts) ? 'approval_issuers_request' : null;
}

function refuseYes(facts: DecisionFacts): DecisionRefusal | null {
  const { requester, reviewer, rules, yeses, posture } = facts;
  const own = requester.userId === reviewer.userId;
  if (!mayApprove(rules, reviewer.userId, facts.role)) return 'approval_not_named';
  if (own && !rules.selfApproval) return 'approval_own_request';
  if (yeses.some(({ userId }) => userId === reviewer.userId)) return 'approval_already_given';
  if (inTheOtherSidesHands(facts)) return 'approval_issuers_request';
  // Of two who say yes neither may hold the other's session: they would be one person.
  if (posture === 'prod' && yeses.some((yes) => issuedByTheOtherSide(yes, reviewer, []))) {
    return 'approval_same_hands';
  }
  const { proof } = rules;
  const strict = proof.requester === 'proven' || proof.approver === 'proven';
  if (strict && (own || !provenAsAsked(facts))) return 'approval_second_person_not_proven';
  return null;
}

/** One person alone, whoever asked: but not whoever allowed it, and no less proven than ever. */
function refuseBreakGlass(facts: DecisionFacts): DecisionRefusal | null {
  const { reviewer, rules } = facts;
  if (!rules.breakGlass || !isApproverRole(facts.role)) return 'break_glass_not_allowed';
  if (facts.breakGlassAllowedBy === reviewer.userId) return 'break_glass_own_allowance';
  if (inTheOtherSidesHands(facts)) return 'approval_issuers_request';
  return provenAsAsked(facts) ? null : 'approval_second_person_not_proven';
}

function inTheOtherSidesHands({ requester, reviewer, authors, posture }: DecisionFacts): boolean {
  return posture === 'prod' && issuedByTheOtherSide(requester, reviewer, authors);
}

function provenAsAsked({ requester, reviewer, rules: { proof } }: DecisionFacts): boolean {
  return (
    (proof.requester === 'session' || isProven(requester)) &&
    (proof.approver === 'session' || isProven(reviewer))
  );
}

export interface ReviewFacts {
  breakGlass: boolean;
  reviewed: boolean;
  /** Who broke the glass. */
  decider: Presence;
  requester: Presence;
  reviewer: Presence;
  posture: Posture;
  provenRequired: boolean;
}

export type ReviewRefusal =
  | 'break_glass_not_used'
  | 'break_glass_reviewed'
  | 'break_glass_own_review'
  | 'approval_same_hands'
  | 'approval_second_person_not_proven';

/** Why somebody may not review what one person decided alone, or null: it takes a second person. */
export function refuseReview(facts: ReviewFacts): ReviewRefusal | null {
  const { decider, requester, reviewer } = facts;
  if (!facts.breakGlass) return 'break_glass_not_used';
  if (facts.reviewed) return 'break_glass_reviewed';
  if ([decider.userId, requester.userId].includes(reviewer.userId)) return 'break_glass_own_review';
  if (facts.posture === 'prod') {
    const tied = [decider, requester].some((one) => issuedByTheOtherSide(one, reviewer, []));
    if (tied) return 'approval_same_hands';
    if (facts.provenRequired && !isProven(reviewer)) return 'approval_second_person_not_proven';
  }
  return null;
}

export interface RevocationFacts {
  state: ApprovalState;
  /** The deployment was granted and isn't active yet, nor over. */
  underWay: boolean;
  /** The grant could be carried on to another deployment of the identical digest. */
  inForce: boolean;
  /** The caller's yes counts. */
  saidYes: boolean;
  /** The caller manages the environment. */
  administers: boolean;
}

export type RevocationRefusal = 'approval_not_yours_to_revoke' | 'approval_nothing_to_revoke';

/**
 * Why somebody may not revoke, or null: who said yes takes it back while the others still decide, and
 * ends the grant until the deployment is active and, after that, for what it would be carried on to;
 * who administers ends a grant.
 */
export function refuseRevocation(facts: RevocationFacts): RevocationRefusal | null {
  if (facts.state === 'pending') return facts.saidYes ? null : 'approval_nothing_to_revoke';
  const revocable = facts.state === 'approved' && (facts.underWay || facts.inForce);
  if (!revocable) return 'approval_nothing_to_revoke';
  return facts.saidYes || facts.administers ? null : 'approval_not_yours_to_revoke';
}
