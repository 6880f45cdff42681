import { z } from 'zod';
import { id } from '../inputs.ts';
import { operation } from '../operation.ts';
import { commentScope, findComment, recordedText, refuseUnlessOwn } from './find-comment.ts';

/**
 * Takes one's own comment away. Its text and what it suggests are gone; that there was one, by whom and
 * when, stays, and so do answers to it. A suggestion that was applied is in the draft and stays too. A
 * thread in which nothing is left is settled: it keeps nobody waiting.
 */
export const removeComment = operation({
  kind: 'change',
  name: 'review.remove_comment',
  input: z.object({ commentId: id }),
  thing: ({ db, caller, input }) => findComment(db, caller, input.commentId),
  scope: commentScope,
  needs: 'ViewEnvironment',
  async run({ db, caller, thing: comment, now }) {
    refuseUnlessOwn(comment, caller);
    const { orgId, threadId } = comment;
    await db.reviewComment.update({
      where: { orgId_id: { orgId, id: comment.id } },
      data: {
        body: '',
        mentions: [],
        removedAt: now,
        ...(comment.appliedAt === null
          ? { suggestion: null, suggestionBefore: null, suggestionStart: null }
          : {}),
      },
    });
    const left = await db.reviewComment.count({ where: { orgId, threadId, removedAt: null } });
    if (left === 0) {
      await db.reviewThread.updateMany({
        where: { orgId, id: threadId, resolvedAt: null },
        data: { resolvedAt: now, resolvedBy: caller.user.id },
      });
    }
    return { settled: left === 0 };
  },
  audit: ({ answer, caller, thing }) => ({
    detail: { ...recordedText(thing, caller), thread_settled: answer.settled },
  }),
  events: ({ thing }) => [{ type: 'review', id: thing.thread.versionId }],
});
