/** The threads of a version and of the older ones of its lineage, each at its place in the version. */
import { orgIdsOf, sees, type Caller } from '../caller.ts';
import type { Place } from '../domain/reviews/anchor.ts';
import { namesOf, type PersonName } from '../members/names.ts';
import type { Compiler } from '../providers/compiler.ts';
import type { Db } from '../providers/database.ts';
import { onVersion, upTo, type Lineage } from '../lineage.ts';
import { placesIn, type PlanVersion } from './places.ts';

export async function threadsOf(
  compiler: Compiler,
  db: Db,
  caller: Caller,
  version: PlanVersion & { orgId: string },
  base: PlanVersion | null,
  lineage: Lineage,
) {
  const { orgId } = version;
  const rows = (
    await db.reviewThread.findMany({
      where: upTo(version, lineage),
      include: { ...onVersion, comments: { orderBy: { id: 'asc' } } },
      orderBy: { id: 'asc' },
    })
  ).filter((row) => sees(caller, { orgId, projectId: row.version.environment.projectId }));
  const bases = new Map(
    (
      await db.version.findMany({
        where: {
          orgId: { in: orgIdsOf(caller) },
          id: { in: rows.flatMap((row) => row.baseVersionId ?? []) },
        },
        select: { id: true, number: true, text: true, target: true },
      })
    ).map((row) => [row.id, row]),
  );
  const names = await namesOf(
    db,
    rows.flatMap((row) => [
      row.createdBy,
      ...(row.resolvedBy ? [row.resolvedBy] : []),
      ...row.comments.flatMap((one) => [
        one.authorId,
        ...one.mentions,
        ...(one.appliedBy ? [one.appliedBy] : []),
      ]),
    ]),
  );
  const baseOf = (row: { baseVersionId: string | null }) =>
    row.baseVersionId ? bases.get(row.baseVersionId) : undefined;
  const places = new Map<string, Place | null>();
  const sides = rows.map((row) =>
    row.side === 'to'
      ? { row, before: row.version, after: version }
      : { row, before: baseOf(row), after: base },
  );
  for (const same of Map.groupBy(sides, (one) => `${one.before?.id} ${one.after?.id}`).values()) {
    const [{ before, after } = {}] = same;
    if (!before || !after) continue;
    const written = same.map(({ row }) => ({ anchor: row.anchor, line: row.line }));
    const found = placesIn(compiler, written, before, after);
    same.forEach(({ row }, at) => places.set(row.id, found[at] ?? null));
  }
  return rows.flatMap((row) => {
    const [first, ...replies] = row.comments.map((comment) =>
      commentOf(comment, names, caller.user.id),
    );
    if (!first) return [];
    const written = { anchor: row.anchor, line: row.line };
    const writtenBase = baseOf(row);
    const place = places.get(row.id) ?? null;
    return {
      ...first,
      id: row.id,
      /** In the version asked for, or in its base; as it was written where that is gone. */
      ...(place ?? written),
      side: row.side,
      /** What it was about isn't there any more. */
      gone: place === null,
      writtenOn: {
        ...written,
        versionId: row.versionId,
        number: row.version.number,
        base: writtenBase ? { versionId: writtenBase.id, number: writtenBase.number } : null,
      },
      resolved: row.resolvedAt
        ? { by: row.resolvedBy ? names(row.resolvedBy) : null, at: row.resolvedAt.toISOString() }
        : null,
      replies,
    };
  });
}

interface CommentRow {
  id: string;
  authorId: string;
  body: string;
  mentions: string[];
  createdAt: Date;
  editedAt: Date | null;
  removedAt: Date | null;
  suggestion: string | null;
  suggestionBefore: string | null;
  appliedAt: Date | null;
  appliedBy: string | null;
  appliedRevision: number | null;
}

function commentOf(row: CommentRow, names: (userId: string) => PersonName, reader: string) {
  return {
    commentId: row.id,
    author: names(row.authorId),
    /** Whether the caller wrote it, and so may edit and remove it. */
    own: row.authorId === reader,
    at: row.createdAt.toISOString(),
    editedAt: row.editedAt?.toISOString() ?? null,
    /** Its text is gone. */
    removed: row.removedAt !== null,
    /** Plain text. */
    body: row.body,
    mentions: row.mentions.map(names),
    suggestion:
      row.suggestion === null
        ? null
        : {
            before: row.suggestionBefore ?? '',
            after: row.suggestion,
            applied: row.appliedAt && {
              at: row.appliedAt.toISOString(),
              by: row.appliedBy ? names(row.appliedBy) : null,
              revision: row.appliedRevision,
            },
          },
  };
}
