/** Who reviewed what would run, in what was found: for whoever decides on it. */
import { isProven } from '../domain/identity/sessions.ts';
import { namesOf } from '../members/names.ts';
import type { Db } from '../providers/database.ts';
import { lineageOf } from '../lineage.ts';

type Version = Parameters<typeof lineageOf>[1];

/** The last review of each person of this plan, newest first, and the threads that nobody resolved. */
export async function reviewedBy(db: Db, version: Version, projectId: string) {
  const { orgId } = version;
  const { lineageId, originId } = await lineageOf(db, version);
  const rows = await db.review.findMany({
    where: { orgId, originId, version: { environment: { projectId } } },
    orderBy: { id: 'desc' },
  });
  const last = rows.filter((row, at) => rows.findIndex((one) => one.userId === row.userId) === at);
  const names = await namesOf(
    db,
    last.map((row) => row.userId),
  );
  return {
    reviews: last.map((row) => ({
      person: { ...names(row.userId), proven: isProven(row) },
      verdict: row.verdict,
      viewed: row.viewed,
      total: row.total,
      isAuthor: row.isAuthor,
      at: row.finishedAt.toISOString(),
    })),
    openThreads: await db.reviewThread.count({
      where: {
        orgId,
        resolvedAt: null,
        lineageId,
        originId: { lte: originId },
        version: { environment: { projectId } },
      },
    }),
  };
}
