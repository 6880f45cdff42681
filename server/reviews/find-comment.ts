import { orgIdsOf, sees, type Caller } from '../caller.ts';
import { recordedPerson } from '../approvals/persons.ts';
import { sha256 } from '../domain/digests/sha256.ts';
import { ByteorError, conflict, notFound } from '../errors.ts';
import type { Db } from '../providers/database.ts';
import { scopeWithin } from '../scopes.ts';
import { labelOf } from './find-thread.ts';

/** A comment with its thread and version, among what the caller may see. */
export async function findComment(db: Db, caller: Caller, commentId: string) {
  const comment = await db.reviewComment.findFirst({
    where: { id: commentId, orgId: { in: orgIdsOf(caller) } },
    include: { thread: { include: { version: { include: { environment: true } } } } },
  });
  if (!comment || !sees(caller, comment.thread.version.environment)) throw notFound('comment');
  return comment;
}

type CommentRow = Awaited<ReturnType<typeof findComment>>;

export function commentScope({ id, thread: { version } }: CommentRow) {
  return scopeWithin(version.environment, 'comment', id, labelOf(version));
}

/** Nobody changes what somebody else said, whatever their role; and what is gone isn't changed. */
export function refuseUnlessOwn({ authorId, removedAt }: CommentRow, { user }: Caller): void {
  if (authorId !== user.id) {
    throw new ByteorError(403, 'comment_not_yours', 'Somebody else wrote this comment.', {
      help: 'Answer it, or have its author change it.',
    });
  }
  if (removedAt !== null) {
    throw conflict('comment_removed', 'This comment was removed already.', {
      help: 'Write a new one.',
    });
  }
}

/**
 * What the audit keeps of a text that is no more: which it was, and not what it said; and how far it is
 * its author who did it, since a link may let somebody else into a session.
 */
export function recordedText({ id, body, thread }: CommentRow, { user }: Caller) {
  return {
    version_id: thread.versionId,
    comment_id: id,
    before: sha256(body),
    person: recordedPerson({ userId: user.id, ...user.session }),
  };
}
