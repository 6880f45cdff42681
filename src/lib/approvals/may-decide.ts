import type { CheckResult } from '$lib/review/recompute';
import { worstOf } from './checks';
import { refusalWords, type Refusal } from './refusals';

/** What the screen knows about a decision; the server asks its own questions again. */
export interface DecisionFacts {
  state: string;
  expired: boolean;
  /** Why the person can't act in the environment at all. */
  readOnly: string | undefined;
  /** Why the server would refuse, by code; null where it wouldn't. */
  refusals: { approve: Refusal | null; deny: Refusal | null };
  /** How many facts changed since the person read them. */
  unread: number;
  /** Recomputed hashes; undefined while one is under way. */
  checks: readonly (CheckResult | undefined)[];
}

/** Why nothing can be decided, neither way; undefined when it can. */
export function whyNotDecide(facts: DecisionFacts): string | undefined {
  if (facts.readOnly !== undefined) return facts.readOnly;
  if (facts.state === 'withdrawn') return 'It was withdrawn.';
  if (facts.state !== 'pending') return refusalWords.approval_not_pending.long;
  if (facts.expired) return refusalWords.approval_expired.long;
  return facts.refusals.deny === null ? undefined : refusalWords[facts.refusals.deny].long;
}

/** Why the bytes, or what was read of them, stand in the way of a yes; undefined when they don't. */
function whyNotSure({ unread, checks }: DecisionFacts): string | undefined {
  if (unread > 0) return 'Something changed since you opened this page: read it first.';
  const reasons = {
    mismatch: 'A hash doesn’t match what this page computed.',
    unchecked: 'A hash couldn’t be computed in this page.',
    checking: 'The hashes are being computed.',
    match: undefined,
  };
  return reasons[worstOf(checks)];
}

/** Why it can't be approved from this page; undefined when it can. */
export function whyNotApprove(facts: DecisionFacts): string | undefined {
  const undecidable = whyNotDecide(facts);
  if (undecidable !== undefined) return undecidable;
  const { approve } = facts.refusals;
  return approve === null ? whyNotSure(facts) : refusalWords[approve].long;
}

/** Why nobody can decide alone from this page, where the server would let them. */
export function whyNotBreakGlass(facts: DecisionFacts): string | undefined {
  return facts.readOnly ?? (facts.expired ? refusalWords.approval_expired.long : whyNotSure(facts));
}
