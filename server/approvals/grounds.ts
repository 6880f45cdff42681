/**
 * What a decision rests on beside the digest. Its `basis` goes to the page and comes back with the
 * decision: whoever read something else is refused, so that a page can't rest a decision on what it
 * alone remembers.
 */
import type { ConfigBundle } from '../bundles/config.ts';
import { pathsOf } from '../bundles/paths.ts';
import { comparisonOf } from '../deployment-state/comparison.ts';
import { canonicalJson } from '../domain/digests/canonical-json.ts';
import { sha256 } from '../domain/digests/sha256.ts';
import type { Db } from '../providers/database.ts';
import type { Services } from '../services.ts';
import { agentBeside, casesOf, otherRequests } from './beside.ts';
import type { findApproval } from './find-approval.ts';
import { reviewedBy } from './reviewed.ts';

/**
 * In the basis is what somebody or something wrote down: what is wanted or on its way in the slot, other
 * requests for it, what cases gave, reviews and open threads, and what its agents can't do. Not in it:
 * whether agents and what runs are well, which silence alone changes from one second to the next, so
 * that a decision would be refused by the clock (an agent that is away pauses the rollout); and yeses,
 * which are counted anew with each decision.
 */
export async function groundsOf(
  { compiler }: Pick<Services, 'compiler'>,
  db: Db,
  approval: Awaited<ReturnType<typeof findApproval>>,
  now: Date,
) {
  const { deployment } = approval;
  const { specKv, features } = deployment.version;
  const comparison = await comparisonOf(db, deployment);
  const others = await otherRequests(db, deployment);
  const cases = await casesOf(db, deployment.version);
  const reviewed = (await reviewedBy(db, [approval]))(approval);
  const asked = {
    features,
    // With the names of the boundaries in their places: an agent may allow a folder of one alone.
    paths: pathsOf(
      deployment.bundle.config as ConfigBundle,
      () => compiler.bundleNeeds(specKv).boundaries,
    ),
  };
  const agents = deployment.agents.map(({ agent }) => agentBeside(agent, asked, now));
  const basis = sha256(
    canonicalJson({
      comparison: comparison.basis,
      others: others.map((other) => other.id),
      cases: cases.run && { passing: cases.run.passing, failing: cases.run.failing },
      reviews: reviewed.reviews.map(({ person, verdict, viewed, total, at }) => [
        person.id,
        verdict,
        viewed,
        total,
        at,
      ]),
      threads: reviewed.openThreads,
      unable: agents.map(({ id, lacks, outside }) => [id, lacks, outside]),
    }),
  );
  return { basis, comparison, others, cases, reviewed, agents };
}
