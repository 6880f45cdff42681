/** The approval's states (reference `cloud.md` section 2). */

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
  requestedBy: string;
  reviewer: string;
  decision: 'approve' | 'deny';
  /** The environment's setting. */
  selfApproval: boolean;
  now: Date;
  expiresAt: Date;
}

export type DecisionRefusal =
  'approval_not_pending' | 'approval_expired' | 'approval_digest_changed' | 'approval_own_request';

/** Why a decision is refused, or null. Denying one's own request is always possible. */
export function refuseDecision(facts: DecisionFacts): DecisionRefusal | null {
  if (facts.state !== 'pending') return 'approval_not_pending';
  if (facts.now >= facts.expiresAt) return 'approval_expired';
  if (facts.digest !== facts.seenDigest) return 'approval_digest_changed';
  const own = facts.requestedBy === facts.reviewer;
  if (own && facts.decision === 'approve' && !facts.selfApproval) return 'approval_own_request';
  return null;
}
