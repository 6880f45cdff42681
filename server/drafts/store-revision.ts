import type { Prisma } from '../db/generated/client.ts';
import type { JobQueue } from '../jobs/queue.ts';
import type { Db } from '../providers/database.ts';

interface Saved {
  /** The revision that the change was made on. */
  baseRevision: number;
  set: Pick<
    Prisma.DraftUncheckedUpdateManyInput,
    'text' | 'target' | 'layout' | 'cases' | 'samples' | 'compilerVersion'
  >;
  by: string;
  /** Others whose words it brings. */
  alsoBy?: readonly string[];
}

/**
 * Compare-and-set on the revision: the new revision, or null when somebody was faster; call it inside
 * a transaction.
 */
export async function storeRevision(
  { jobs }: { jobs: JobQueue },
  db: Db,
  draft: { id: string; orgId: string; writers: readonly string[] },
  { baseRevision, set, by, alsoBy = [] }: Saved,
  now: Date,
): Promise<number | null> {
  const revision = baseRevision + 1;
  const { count } = await db.draft.updateMany({
    where: { id: draft.id, orgId: draft.orgId, revision: baseRevision },
    data: {
      ...set,
      revision,
      updatedBy: by,
      updatedAt: now,
      // As they were on the base revision, or nothing is stored.
      writers: [...new Set([...draft.writers, by, ...alsoBy])],
    },
  });
  if (count === 0) return null;
  await jobs.enqueue(db, 'spec_ingest', { orgId: draft.orgId, draftId: draft.id }, draft.id);
  return revision;
}
