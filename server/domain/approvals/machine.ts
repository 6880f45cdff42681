/** The approval's states (reference `cloud.md` section 2). */

import type { Posture } from '../environments/policy.ts';
import { issuedByTheOtherSide, secondPerson, type Presence } from './second-person.ts';

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

export interface DecisionFacts {
  state: ApprovalState;
  /** The digest that the approval is for, and the one the reviewer saw. */
  digest: string;
  seenDigest: string;
  requester: Presence;
  reviewer: Presence;
  /** Who wrote what would run: plan, version, config bundle. */
  authors: readonly string[];
  decision: 'approve' | 'deny';
  posture: Posture;
  /** The environment's setting. */
  selfApproval: boolean;
  /** The install's setting: in `prod` two people who are proven, or none. */
  provenRequired: boolean;
  now: Date;
  expiresAt: Date;
}

export type DecisionRefusal =
  | 'approval_not_pending'
  | 'approval_expired'
  | 'approval_digest_changed'
  | 'approval_own_request'
  | 'approval_issuers_request'
  | 'approval_second_person_not_proven';

/**
 * Why a decision is refused, or null. Denying one's own request is possible, unless the session is in
 * the hands of somebody on the other side: its words would be theirs.
 */
export function refuseDecision(facts: DecisionFacts): DecisionRefusal | null {
  if (facts.state !== 'pending') return 'approval_not_pending';
  if (facts.now >= facts.expiresAt) return 'approval_expired';
  if (facts.digest !== facts.seenDigest) return 'approval_digest_changed';
  const { requester, reviewer } = facts;
  const own = requester.userId === reviewer.userId;
  const approves = facts.decision === 'approve';
  if (own && approves && !facts.selfApproval) return 'approval_own_request';
  if (facts.posture !== 'prod') return null;
  if (issuedByTheOtherSide(requester, reviewer, facts.authors)) return 'approval_issuers_request';
  const twoPersons = !own && secondPerson(requester, reviewer).proven;
  if (approves && facts.provenRequired && !twoPersons) return 'approval_second_person_not_proven';
  return null;
}
