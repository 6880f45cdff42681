/** The end of a roll back: what is left is `rolled_back` once nothing newer waits for any of its agents. */
import type { Actor } from '../audit/record.ts';
import type { Db } from '../providers/database.ts';
import type { Services } from '../services.ts';
import type { Left } from './desire.ts';
import { moveDeployment } from './move.ts';

export async function endRollbacks(
  services: Services,
  db: Db,
  left: readonly Left[],
  actor: Actor,
  now: Date,
): Promise<void> {
  for (const deployment of left) {
    if (deployment.state !== 'rolling_back' || !deployment.everywhere) continue;
    await moveDeployment(services, db, deployment, { event: 'rollback_done', actor }, now);
  }
}
