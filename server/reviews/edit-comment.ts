import { z } from 'zod';
import { mentionedIn } from '../domain/reviews/mentions.ts';
import { id } from '../inputs.ts';
import { peopleWith } from '../members/people.ts';
import { notify } from '../notifications/notify.ts';
import { operation } from '../operation.ts';
import { commentScope, findComment, recordedText, refuseUnlessOwn } from './find-comment.ts';
import { body } from './inputs.ts';
import { noticeOf } from './write-comment.ts';

/**
 * Writes one's own comment anew; it says from then on that it was edited. What it suggests stays as it
 * is: somebody may be about to apply it.
 */
export const editComment = operation({
  kind: 'change',
  name: 'review.edit_comment',
  input: z.object({ commentId: id, body }),
  thing: ({ db, caller, input }) => findComment(db, caller, input.commentId),
  scope: commentScope,
  needs: 'ViewEnvironment',
  async run({ services, db, caller, input, thing: comment, now }) {
    refuseUnlessOwn(comment, caller);
    if (input.body === comment.body) return { changed: false };
    const { thread } = comment;
    const { version } = thread;
    const people = await peopleWith(db, version.environment, 'ViewEnvironment');
    const mentions = mentionedIn(input.body, people).map((person) => person.id);
    await db.reviewComment.update({
      where: { orgId_id: { orgId: comment.orgId, id: comment.id } },
      data: { body: input.body, mentions, editedAt: now },
    });
    // Who was told of it before isn't told again.
    const told = mentions.filter((userId) => !comment.mentions.includes(userId));
    const notice = noticeOf(thread, version, caller);
    await notify(services, db, { ...notice, kind: 'mention' }, told, now);
    return { changed: true };
  },
  audit: ({ answer, caller, thing }) =>
    answer.changed ? { detail: recordedText(thing, caller) } : [],
  events: ({ thing }) => [{ type: 'review', id: thing.thread.versionId }],
});
