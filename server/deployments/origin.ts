/**
 * What was done to a deployment's version before anybody asked to run it, and while it ran: who made it,
 * who brought it here, who finished a review. It begins the deployment's story.
 */
import type { ReviewVerdict } from '../db/generated/enums.ts';
import { isProven } from '../domain/identity/sessions.ts';
import { ancestriesOf, type versionColumns } from '../lineage.ts';
import { namesOf } from '../members/names.ts';
import type { Db } from '../providers/database.ts';

interface Of {
  orgId: string;
  supersededAt: Date | null;
  version: { [Column in keyof typeof versionColumns]: Versions[Column] };
}
type Versions = Parameters<typeof ancestriesOf>[1][number];

/** Oldest first. What was said after something newer took its place belongs to that one. */
export async function originOf(db: Db, { orgId, supersededAt, version }: Of, projectId: string) {
  const ancestry = (await ancestriesOf(db, [version]))(version);
  const versions = await db.version.findMany({
    // A version may come from a project that the caller may not see.
    where: { orgId, id: { in: ancestry.map(({ id }) => id) }, environment: { projectId } },
    include: {
      environment: { select: { id: true, name: true } },
      reviews: {
        where: supersededAt ? { finishedAt: { lte: supersededAt } } : {},
        include: { version: { select: { number: true } } },
        orderBy: { id: 'asc' },
      },
    },
    orderBy: { id: 'asc' },
  });
  const bases = await db.version.findMany({
    where: {
      orgId,
      id: {
        in: versions.flatMap(({ reviews }) => reviews.flatMap((row) => row.baseVersionId ?? [])),
      },
      environment: { projectId },
    },
    select: { id: true, number: true },
  });
  const names = await namesOf(
    db,
    versions.flatMap(({ createdBy, reviews }) => [createdBy, ...reviews.map((row) => row.userId)]),
  );
  return versions.flatMap(
    ({ id, number, createdBy, createdAt, promotedFrom, environment, reviews }) => [
      {
        kind: promotedFrom === null ? ('created' as const) : ('promoted' as const),
        id,
        at: createdAt.toISOString(),
        person: names(createdBy),
        version: number,
        environment: environment.name,
      },
      ...reviews.map((row) => ({
        kind: 'reviewed' as const,
        id: row.id,
        at: row.finishedAt.toISOString(),
        person: names(row.userId),
        version: number,
        environment: environment.name,
        /** Somebody else saw the link that opened the reviewer's session: it may be that person. */
        proven: isProven(row),
        /** From which version, as the reviewer looked at it; null: from nothing, or elsewhere. */
        from: bases.find((base) => base.id === row.baseVersionId)?.number ?? null,
        verdict: row.verdict as ReviewVerdict,
        viewed: row.viewed,
        total: row.total,
        isAuthor: row.isAuthor,
        body: row.body === '' ? null : row.body,
      })),
    ],
  );
}
