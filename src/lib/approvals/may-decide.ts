import type { CheckResult } from '$lib/review/recompute';
import { worstOf } from './checks';

/** What the screen knows about a decision; the server asks its own questions again. */
export interface DecisionFacts {
  state: string;
  expired: boolean;
  /** Why the person can't act in the environment at all. */
  readOnly: string | undefined;
  /** The person asked for it. */
  own: boolean;
  selfApproval: boolean;
  /** Why the server would refuse, by code; null where it wouldn't. */
  refusals: { approve: string | null; deny: string | null };
  /** How many facts changed since the person read them. */
  unread: number;
  /** Recomputed hashes; undefined while one is under way. */
  checks: readonly (CheckResult | undefined)[];
}

/** Why the persons themselves stand in the way, whatever is decided. */
const personReasons: Record<string, string> = {
  approval_issuers_request:
    'A sign-in link that was issued in the page ties you to the other side of this decision: its issuer asked for it, wrote it, or would decide in your name. Sign in by a link from the host.',
  approval_second_person_not_proven:
    'Two people who are both proven decide here. Sign in by a link from the host; then it has to be asked for again, unless who asked is proven already.',
};

/** Why nothing can be decided, neither way; undefined when it can. */
export function whyNotDecide(facts: DecisionFacts): string | undefined {
  if (facts.readOnly !== undefined) return facts.readOnly;
  if (facts.state === 'withdrawn') return 'It was withdrawn.';
  if (facts.state !== 'pending') return 'It is decided already.';
  if (facts.expired) return 'The time to decide has passed. It has to be requested again.';
  return personReasons[facts.refusals.deny ?? ''];
}

/** Why it can't be approved from this page; undefined when it can. */
export function whyNotApprove(facts: DecisionFacts): string | undefined {
  const undecidable = whyNotDecide(facts);
  if (undecidable !== undefined) return undecidable;
  if (facts.own && !facts.selfApproval) return 'You asked for it: another person has to approve.';
  const persons = personReasons[facts.refusals.approve ?? ''];
  if (persons !== undefined) return persons;
  if (facts.unread > 0) return 'Something changed since you opened this page: read it first.';
  const reasons = {
    mismatch: 'A hash doesn’t match what this page computed.',
    unchecked: 'A hash couldn’t be computed in this page.',
    checking: 'The hashes are being computed.',
    match: undefined,
  };
  return reasons[worstOf(facts.checks)];
}
