import type { CheckResult } from '$lib/review/recompute';

/** What the screen knows about a decision; the server asks its own questions again. */
export interface DecisionFacts {
  state: string;
  expired: boolean;
  /** Why the person can't act in the environment at all. */
  readOnly: string | undefined;
  /** The person asked for it. */
  own: boolean;
  selfApproval: boolean;
  /** What runs there isn't what the person looked at. */
  comparisonChanged: boolean;
  /** Recomputed hashes; undefined while one is under way. */
  checks: readonly (CheckResult | undefined)[];
}

/** Why nothing can be decided, neither way; undefined when it can. */
export function whyNotDecide(facts: DecisionFacts): string | undefined {
  if (facts.readOnly !== undefined) return facts.readOnly;
  if (facts.state === 'withdrawn') return 'It was withdrawn.';
  if (facts.state !== 'pending') return 'It is decided already.';
  if (facts.expired) return 'The time to decide has passed. It has to be requested again.';
  return undefined;
}

/** Why it can't be approved from this page; undefined when it can. */
export function whyNotApprove(facts: DecisionFacts): string | undefined {
  const undecidable = whyNotDecide(facts);
  if (undecidable !== undefined) return undecidable;
  if (facts.own && !facts.selfApproval) return 'You asked for it: another person has to approve.';
  if (facts.comparisonChanged) {
    return 'What runs there changed since you opened this page: look at the new comparison first.';
  }
  if (facts.checks.some((check) => check?.state === 'mismatch')) {
    return 'A hash doesn’t match what this page computed.';
  }
  if (facts.checks.some((check) => check?.state === 'unchecked')) {
    return 'A hash couldn’t be computed in this page.';
  }
  if (facts.checks.includes(undefined)) return 'The hashes are being computed.';
  return undefined;
}
