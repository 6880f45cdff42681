import { z } from 'zod';
import { WHOLE } from '../domain/reviews/anchor.ts';
import { uuidv7 } from '../ids/uuid.ts';
import { id } from '../inputs.ts';
import { operation, unaudited } from '../operation.ts';
import { findVersion, versionScope } from '../versions/find-version.ts';
import { refused } from '../errors.ts';
import { refuseMoreThan } from './find-thread.ts';
import { anchor, baseVersionId, body, line, side, suggestion } from './inputs.ts';
import { lineageOf } from '../lineage.ts';
import { anchorOnLine } from './places.ts';
import { suggestionFor } from './suggestion.ts';
import { writeComment } from './write-comment.ts';

const MAX_THREADS = 500;

/** Begins a thread at a place of a version, or of what it is compared with. */
export const startThread = operation({
  kind: 'change',
  name: 'review.comment',
  input: z.object({ versionId: id, baseVersionId, side, anchor, line, body, suggestion }),
  async thing({ db, caller, input }) {
    const version = await findVersion(db, caller, input.versionId);
    const base = input.baseVersionId ? await findVersion(db, caller, input.baseVersionId) : null;
    return { version, base };
  },
  scope: ({ version }) => versionScope(version),
  // Whoever may look may say something: it decides nothing.
  needs: 'ViewEnvironment',
  async run({ services, db, caller, input, thing: { version, base }, now }) {
    const { compiler } = services;
    const on = input.side === 'to' ? version : base;
    if (!on) {
      throw refused('review_without_base', 'There is nothing on the side that you comment on.', {
        help: 'Comment on the version itself, or choose what it is compared with.',
      });
    }
    const lines = on.text.split('\n').length;
    if (input.line !== null && input.line > lines) {
      throw refused('review_line_unknown', 'The plan has no such line.', {
        args: { line: input.line, lines },
      });
    }
    const place = {
      anchor:
        input.anchor === WHOLE && input.line !== null
          ? anchorOnLine(compiler, on, input.line)
          : input.anchor,
      line: input.line,
    };
    if (input.suggestion !== null && input.side === 'from') {
      throw refused('suggestion_on_base', 'A suggestion changes the version, not its base.', {
        help: 'Comment on the side under review.',
      });
    }
    const lineage = await lineageOf(db, version);
    const { orgId } = version;
    refuseMoreThan(
      MAX_THREADS,
      await db.reviewThread.count({ where: { orgId, lineageId: lineage.lineageId } }),
      'threads',
    );
    const threadId = uuidv7();
    await db.reviewThread.create({
      data: {
        id: threadId,
        orgId,
        ...lineage,
        versionId: version.id,
        baseVersionId: base?.id ?? null,
        side: input.side,
        ...place,
        createdBy: caller.user.id,
        createdAt: now,
      },
    });
    const commentId = await writeComment(
      services,
      db,
      caller,
      {
        thread: { id: threadId, orgId, baseVersionId: base?.id ?? null },
        version,
        body: input.body,
        suggestion:
          input.suggestion === null
            ? null
            : suggestionFor(compiler, version, place, input.suggestion),
      },
      now,
    );
    return { threadId, commentId };
  },
  audit: unaudited('What people say of a version decides nothing; the thread keeps who and when.'),
  events: ({ thing }) => [{ type: 'review', id: thing.version.id }],
});
