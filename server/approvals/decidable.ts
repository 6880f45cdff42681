/** What comes before every decision that lets something run. */
import type { Caller } from '../caller.ts';
import { digestToday } from '../deployment-state/statement.ts';
import { refuseDecision, type Decision } from '../domain/approvals/machine.ts';
import { id, text } from '../inputs.ts';
import type { Db } from '../providers/database.ts';
import type { Services } from '../services.ts';
import { decisionFacts, partsOf } from './decision-facts.ts';
import type { findApproval } from './find-approval.ts';
import { groundsOf } from './grounds.ts';
import { refusedBy } from './refusal-words.ts';

/** What a page sends of what somebody read. */
export const whatWasRead = {
  approvalId: id,
  /** The deployment digest that the person saw. */
  digest: text(100),
  /** What the person saw beside it, as `approvals.get` said it. Another one decides nothing. */
  basis: text(100).default(''),
};

interface Deciding {
  services: Services;
  db: Db;
  caller: Caller;
  approval: Awaited<ReturnType<typeof findApproval>>;
  input: { digest: string; basis: string };
  now: Date;
}

/**
 * Refuses what this person may not decide, what would run something else than they saw, and what rests
 * on something else than they read; answers what the decision is judged by.
 */
export async function refuseUnlessDecidable(
  decision: Exclude<Decision, 'deny'>,
  { services, db, caller, approval, input, now }: Deciding,
) {
  const judged = await decisionFacts(services, db, caller, approval, now);
  // What the rows say today: a setting that changed since the request makes another digest.
  const today = digestToday(services, partsOf(approval), approval.deployment.statementText);
  const refusal = refuseDecision({
    ...judged.facts,
    decision,
    digest: input.digest === approval.digest ? today : approval.digest,
    seenDigest: input.digest,
  });
  if (refusal) throw refusedBy(refusal);
  const { basis } = await groundsOf(services, db, approval, now);
  if (basis !== input.basis) throw refusedBy('comparison_changed');
  return judged;
}
