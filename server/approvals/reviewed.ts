/** Who reviewed what would run, in what was found: for whoever decides on it. */
import { isProven } from '../domain/identity/sessions.ts';
import { namesOf } from '../members/names.ts';
import type { Db } from '../providers/database.ts';
import { lineagesOf } from '../lineage.ts';

type Version = Parameters<typeof lineagesOf>[1][number];

interface Asked {
  deployment: { version: Version };
  environment: { projectId: string };
}

/** The last review of each person of each plan, newest first, and the threads that nobody resolved. */
export async function reviewedBy(db: Db, asked: readonly Asked[]) {
  const versions = asked.map(({ deployment }) => deployment.version);
  const lineageIn = await lineagesOf(db, versions);
  const orgId = { in: [...new Set(versions.map((version) => version.orgId))] };
  const lineages = versions.map(lineageIn);
  const inProject = { version: { select: { environment: { select: { projectId: true } } } } };
  const reviews = await db.review.findMany({
    where: { orgId, originId: { in: lineages.map(({ originId }) => originId) } },
    include: inProject,
    orderBy: { id: 'desc' },
  });
  const threads = await db.reviewThread.findMany({
    where: {
      orgId,
      resolvedAt: null,
      lineageId: { in: lineages.map(({ lineageId }) => lineageId) },
    },
    select: { orgId: true, lineageId: true, originId: true, ...inProject },
  });
  const names = await namesOf(
    db,
    reviews.map((row) => row.userId),
  );
  return ({ deployment: { version }, environment: { projectId } }: Asked) => {
    const { lineageId, originId } = lineageIn(version);
    const here = (row: { orgId: string; version: { environment: { projectId: string } } }) =>
      row.orgId === version.orgId && row.version.environment.projectId === projectId;
    const rows = reviews.filter((row) => row.originId === originId && here(row));
    const last = rows.filter(
      (row, at) => rows.findIndex((one) => one.userId === row.userId) === at,
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
      openThreads: threads.filter(
        (row) => row.lineageId === lineageId && row.originId <= originId && here(row),
      ).length,
    };
  };
}
