import { z } from 'zod';
import { draftScope, findDraft } from '../drafts/find-draft.ts';
import { storeRevision } from '../drafts/store-revision.ts';
import { conflict, refused } from '../errors.ts';
import { id } from '../inputs.ts';
import { operation } from '../operation.ts';
import type { ExecutionTarget } from '../../src/lib/compiler/types.ts';
import { lineageOf } from '../lineage.ts';
import { findComment } from './find-comment.ts';
import { errorsOf, textWith } from './suggestion.ts';

/**
 * Makes a suggestion an edit of a draft: the version with the suggestion is merged into the draft as
 * it is now, by id. What the author did meanwhile stays; where both changed the same, it is refused.
 */
export const applySuggestion = operation({
  kind: 'change',
  name: 'review.apply_suggestion',
  input: z.object({
    commentId: id,
    /** Left out: the draft that the version was made from. */
    draftId: id.optional(),
  }),
  async thing({ db, caller, input }) {
    const comment = await findComment(db, caller, input.commentId);
    const { lineageId } = await lineageOf(db, comment.thread.version);
    try {
      return { comment, draft: await findDraft(db, caller, input.draftId ?? lineageId) };
    } catch (error) {
      // Its own draft is gone: that is something to say, and gives nothing away.
      if (input.draftId !== undefined) throw error;
      throw refused('suggestion_draft_gone', 'The draft of this version is gone.', {
        help: 'Start a draft from the version, and make the change there.',
      });
    }
  },
  scope: ({ draft }) => draftScope(draft),
  needs: 'OperateEnvironment',
  async run({ services, db, caller, thing: { comment, draft }, now }) {
    const { compiler } = services;
    const { suggestion, suggestionBefore, suggestionStart } = comment;
    if (suggestion === null || suggestionBefore === null || suggestionStart === null) {
      throw refused('comment_without_suggestion', 'This comment suggests no edit.');
    }
    if (comment.appliedAt !== null) {
      throw conflict('suggestion_applied', 'This suggestion was applied already.', {
        help: 'Look at the draft; undo there takes it back.',
      });
    }
    const { text } = comment.thread.version;
    const suggested = textWith(text, { suggestion, suggestionBefore, suggestionStart });
    const merged = compiler.merge(text, draft.text, suggested);
    const [clash] = merged.conflicts;
    if (clash) {
      throw conflict('suggestion_does_not_fit', `It doesn’t fit any more: ${clash.message}`, {
        help: 'Make the change in the draft by hand, or ask for a new suggestion.',
        args: { element: clash.element, suggested: clash.theirs, draft: clash.ours },
      });
    }
    if (merged.text === draft.text) {
      throw conflict('suggestion_is_there', 'The draft says so already, or has no such place.', {
        help: 'Resolve the thread if it is settled.',
      });
    }
    const target = draft.target as ExecutionTarget;
    const known = errorsOf(compiler, draft.text, target);
    const problem = errorsOf(compiler, merged.text, target)[known.length];
    if (problem) {
      throw conflict('suggestion_breaks_draft', `In the draft as it is now: ${problem.message}`, {
        help: 'Make the change in the draft by hand, or ask for a new suggestion.',
        args: { problem: problem.code },
      });
    }
    const revision = await storeRevision(
      services,
      db,
      draft,
      {
        baseRevision: draft.revision,
        set: { text: merged.text, compilerVersion: compiler.version },
        by: caller.user.id,
        alsoBy: [comment.authorId],
      },
      now,
    );
    const { count } = await db.reviewComment.updateMany({
      where: { id: comment.id, orgId: comment.orgId, appliedAt: null },
      data: { appliedAt: now, appliedBy: caller.user.id, appliedRevision: revision },
    });
    if (revision === null || count === 0) {
      throw conflict('draft_revision_stale', 'Somebody changed the draft at the same moment.', {
        help: 'Try again.',
      });
    }
    return { draftId: draft.id, revision };
  },
  audit: ({ answer, thing: { comment } }) => ({
    detail: {
      comment_id: comment.id,
      thread_id: comment.threadId,
      version_id: comment.thread.versionId,
      revision: answer.revision,
    },
  }),
  events: ({ answer, thing: { draft, comment } }) => [
    { type: 'draft', id: draft.id, revision: answer.revision },
    {
      type: 'review',
      id: comment.thread.versionId,
      environmentId: comment.thread.version.environmentId,
    },
  ],
});
