import { z } from 'zod';
import { sees, type Caller } from '../caller.ts';
import { permits } from '../domain/permissions/roles.ts';
import { isProven } from '../domain/identity/sessions.ts';
import { id } from '../inputs.ts';
import { namesOf } from '../members/names.ts';
import { peopleWith } from '../members/people.ts';
import { operation } from '../operation.ts';
import type { Db } from '../providers/database.ts';
import { authorsOfVersion } from '../authors.ts';
import { findVersion, versionScope } from '../versions/find-version.ts';
import { lineageOf, onVersion, upTo, type Lineage } from '../lineage.ts';
import { threadsOf } from './threads.ts';

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
      people: (await peopleWith(db, environment, 'ViewEnvironment')).map(
        ({ id: userId, name }) => ({ id: userId, name }),
      ),
      /** Where suggestions go; null where the draft is gone, or there never was one. */
      draft: await db.draft.findFirst({
        where: { id: lineage.lineageId, orgId },
        select: { id: true, name: true },
      }),
    };
  },
});

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
