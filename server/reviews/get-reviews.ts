import { z } from 'zod';
import { orgIdsOf, sees, type Caller } from '../caller.ts';
import { permits } from '../domain/permissions/roles.ts';
import { isProven } from '../domain/identity/sessions.ts';
import { id } from '../inputs.ts';
import { namesOf, type PersonName } from '../members/names.ts';
import { peopleWith } from '../members/people.ts';
import { operation } from '../operation.ts';
import type { Compiler } from '../providers/compiler.ts';
import type { Db } from '../providers/database.ts';
import { authorsOfVersion } from '../authors.ts';
import { findVersion, versionScope } from '../versions/find-version.ts';
import { lineageOf, type Lineage } from './lineage.ts';
import { placeIn, type PlanVersion } from './places.ts';

/**
 * What was said of a version, and of the older ones of its lineage: threads at their place in this
 * version, who finished a review, and what the caller ticked as viewed.
 */
export const getReviews = operation({
  kind: 'read',
  name: 'review.get',
  input: z.object({
    versionId: id,
    /** What the version is compared with: where threads on that side are shown. */
    baseVersionId: id.nullish(),
  }),
  async thing({ db, caller, input }) {
    const version = await findVersion(db, caller, input.versionId);
    const base = input.baseVersionId ? await findVersion(db, caller, input.baseVersionId) : null;
    return { version, base };
  },
  scope: ({ version }) => versionScope(version),
  needs: 'ViewEnvironment',
  async run({ services, db, caller, thing: { version, base } }) {
    const { orgId, environment } = version;
    const lineage = await lineageOf(db, version);
    const marks = await db.viewedMark.findMany({
      where: { orgId, lineageId: lineage.lineageId, userId: caller.user.id },
      select: { anchor: true, digest: true },
    });
    const memberships = caller.memberships.get(orgId);
    const authors = await authorsOfVersion(db, version);
    return {
      versionId: version.id,
      /** Whether the caller may finish a review, resolve threads and apply suggestions here. */
      mayFinish: memberships
        ? permits(memberships, 'OperateEnvironment', environment.projectId)
        : false,
      /** Whether the caller is among who wrote the version. */
      isAuthor: authors.has(caller.user.id),
      threads: await threadsOf(services.compiler, db, caller, version, base, lineage),
      reviews: await reviewsOf(db, caller, version, lineage),
      viewed: marks,
      /** Who may be mentioned: everybody who sees this. */
      people: await peopleWith(db, environment, 'ViewEnvironment'),
      /** Where suggestions go; null where the draft is gone, or there never was one. */
      draft: await db.draft.findFirst({
        where: { id: lineage.lineageId, orgId },
        select: { id: true, name: true },
      }),
    };
  },
});

/** What was written up to a version, in its lineage or on itself. */
function upTo(version: { id: string; orgId: string }, { lineageId, originId }: Lineage) {
  return {
    orgId: version.orgId,
    OR: [{ lineageId, originId: { lte: originId } }, { versionId: version.id }],
  };
}

const onVersion = { version: { include: { environment: { select: { projectId: true } } } } };

async function threadsOf(
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
  return rows.flatMap((row) => {
    const [first, ...replies] = row.comments.map((comment) => commentOf(comment, names));
    if (!first) return [];
    const written = { anchor: row.anchor, line: row.line };
    const writtenBase = row.baseVersionId ? bases.get(row.baseVersionId) : undefined;
    const before = row.side === 'to' ? row.version : writtenBase;
    const after = row.side === 'to' ? version : base;
    const place = before && after ? placeIn(compiler, written, before, after) : null;
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
  suggestion: string | null;
  suggestionBefore: string | null;
  appliedAt: Date | null;
  appliedBy: string | null;
  appliedRevision: number | null;
}

function commentOf(row: CommentRow, names: (userId: string) => PersonName) {
  return {
    commentId: row.id,
    author: names(row.authorId),
    at: row.createdAt.toISOString(),
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

/** The last review of each person and version, newest first. */
async function reviewsOf(
  db: Db,
  caller: Caller,
  version: { id: string; orgId: string },
  lineage: Lineage,
) {
  const { orgId } = version;
  const rows = (
    await db.review.findMany({
      where: upTo(version, lineage),
      include: onVersion,
      orderBy: { id: 'desc' },
    })
  ).filter((row) => sees(caller, { orgId, projectId: row.version.environment.projectId }));
  const last = new Map<string, (typeof rows)[number]>();
  for (const row of rows) {
    const key = `${row.userId} ${row.originId}`;
    if (!last.has(key)) last.set(key, row);
  }
  const bases = await db.version.findMany({
    where: { orgId, id: { in: [...last.values()].flatMap((row) => row.baseVersionId ?? []) } },
    select: { id: true, number: true },
  });
  const names = await namesOf(
    db,
    rows.map((row) => row.userId),
  );
  return [...last.values()].map((row) => ({
    id: row.id,
    person: { ...names(row.userId), proven: isProven(row) },
    you: row.userId === caller.user.id,
    isAuthor: row.isAuthor,
    verdict: row.verdict,
    body: row.body,
    at: row.finishedAt.toISOString(),
    /** Of this plan, byte for byte; else of an older version of the lineage. */
    ofThis: row.originId === lineage.originId,
    version: { id: row.versionId, number: row.version.number },
    base: bases.find(({ id: one }) => one === row.baseVersionId) ?? null,
    viewed: row.viewed,
    total: row.total,
  }));
}
