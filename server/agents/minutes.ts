/** What was counted when each minute began, so that a page can tell rates of the last hour. */
import { MINUTE_MILLIS, MINUTES_KEPT } from '../domain/deployments/rates.ts';
import type { Db } from '../providers/database.ts';
import type { HeartbeatBody } from './protocol.ts';
import type { Part } from './report.ts';

type Snapshot = NonNullable<HeartbeatBody['slots'][number]['snapshot']>;

/** Keeps the first snapshot of a minute, and forgets what is older than what is shown. */
export async function keepMinute(
  db: Db,
  part: Part,
  { counters, generation }: Snapshot,
  now: Date,
): Promise<void> {
  const minute = Math.floor(now.getTime() / MINUTE_MILLIS) * MINUTE_MILLIS;
  // The part is as it was before this heartbeat: an earlier one of this minute was kept already.
  if (part.snapshotAt && part.snapshotAt.getTime() >= minute) return;
  const { orgId, deploymentId, agentId } = part;
  await db.recordMinute.createMany({
    data: [
      {
        orgId,
        deploymentId,
        agentId,
        at: now,
        recordsIn: counters.records_in,
        rejected: counters.rejected,
        generation: String(generation),
      },
    ],
    skipDuplicates: true,
  });
  await db.recordMinute.deleteMany({
    where: {
      orgId,
      deploymentId,
      agentId,
      at: { lt: new Date(now.getTime() - (MINUTES_KEPT + 1) * MINUTE_MILLIS) },
    },
  });
}
