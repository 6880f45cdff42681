import { z } from 'zod';
import { id } from '../inputs.ts';
import { operation, unaudited } from '../operation.ts';
import { findVersion, versionScope } from '../versions/find-version.ts';
import { anchor, changeDigest } from './inputs.ts';
import { lineageOf } from '../lineage.ts';

/** How many ticks of a person are kept for a lineage; the oldest go first. */
const MAX_MARKS = 5000;

/** Ticks changes as viewed by the caller, or unticks them: each by its anchor and its content. */
export const setViewed = operation({
  kind: 'change',
  name: 'review.set_viewed',
  input: z.object({
    versionId: id,
    marks: z
      .array(z.object({ anchor, digest: changeDigest }))
      .min(1)
      .max(1000),
    viewed: z.boolean(),
  }),
  thing: ({ db, caller, input }) => findVersion(db, caller, input.versionId),
  scope: versionScope,
  needs: 'ViewEnvironment',
  async run({ db, caller, input, thing: version, now }) {
    const { lineageId } = await lineageOf(db, version);
    const mine = { orgId: version.orgId, lineageId, userId: caller.user.id };
    if (!input.viewed) {
      await db.viewedMark.deleteMany({ where: { ...mine, OR: input.marks } });
      return {};
    }
    await db.viewedMark.createMany({
      data: input.marks.map((mark) => ({
        ...mine,
        environmentId: version.environmentId,
        anchor: mark.anchor,
        digest: mark.digest,
        at: now,
      })),
      skipDuplicates: true,
    });
    const last = await db.viewedMark.findFirst({
      where: mine,
      orderBy: { at: 'desc' },
      skip: MAX_MARKS,
      select: { at: true },
    });
    if (last) await db.viewedMark.deleteMany({ where: { ...mine, at: { lte: last.at } } });
    return {};
  },
  audit: unaudited('What somebody has looked at is the person’s own.'),
  events: ({ caller, thing }) => [{ type: 'review', id: thing.id, userId: caller.user.id }],
});
