import { z } from 'zod';
import { id } from '../inputs.ts';
import { operation } from '../operation.ts';
import { findThread, threadScope } from './find-thread.ts';

/** Marks a thread as settled, or as open again. Who was there first stays on record. */
export const resolveThread = operation({
  kind: 'change',
  name: 'review.resolve',
  input: z.object({ threadId: id, resolved: z.boolean() }),
  thing: ({ db, caller, input }) => findThread(db, caller, input.threadId),
  scope: threadScope,
  needs: 'OperateEnvironment',
  async run({ db, caller, input, thing: thread, now }) {
    const { count } = await db.reviewThread.updateMany({
      where: {
        id: thread.id,
        orgId: thread.orgId,
        resolvedAt: input.resolved ? null : { not: null },
      },
      data: input.resolved
        ? { resolvedAt: now, resolvedBy: caller.user.id }
        : { resolvedAt: null, resolvedBy: null },
    });
    return { changed: count === 1 };
  },
  audit: ({ input, thing, answer }) =>
    answer.changed
      ? {
          action: input.resolved ? 'review.resolve' : 'review.reopen',
          detail: { version_id: thing.versionId, anchor: thing.anchor },
        }
      : [],
  events: ({ thing }) => [{ type: 'review', id: thing.versionId }],
});
