import { z } from 'zod';
import { refused } from '../errors.ts';
import { id } from '../inputs.ts';
import { operation, unaudited } from '../operation.ts';
import { findThread, refuseMoreThan, threadScope } from './find-thread.ts';
import { body, suggestion } from './inputs.ts';
import { suggestionFor } from './suggestion.ts';
import { writeComment } from './write-comment.ts';

const MAX_COMMENTS = 200;

/** Goes on in a thread, also in one that is resolved. */
export const replyToThread = operation({
  kind: 'change',
  name: 'review.reply',
  input: z.object({ threadId: id, body, suggestion }),
  thing: ({ db, caller, input }) => findThread(db, caller, input.threadId),
  scope: threadScope,
  needs: 'ViewEnvironment',
  async run({ services, db, caller, input, thing: thread, now }) {
    const { version } = thread;
    if (input.suggestion !== null && thread.side === 'from') {
      throw refused('suggestion_on_base', 'A suggestion changes the version, not its base.', {
        help: 'Comment on the side under review.',
      });
    }
    refuseMoreThan(
      MAX_COMMENTS,
      await db.reviewComment.count({ where: { orgId: thread.orgId, threadId: thread.id } }),
      'comments in this thread',
    );
    const commentId = await writeComment(
      services,
      db,
      caller,
      {
        thread,
        version,
        body: input.body,
        suggestion:
          input.suggestion === null
            ? null
            : suggestionFor(services.compiler, version, thread, input.suggestion),
      },
      now,
    );
    return { commentId };
  },
  audit: unaudited('What people say of a version decides nothing; the thread keeps who and when.'),
  events: ({ thing }) => [{ type: 'review', id: thing.versionId }],
});
