import { z } from 'zod';
import { id, integer } from '../inputs.ts';
import { operation, unaudited } from '../operation.ts';
import { versionOf, writersWith } from './base-version.ts';
import { draftScope, findDraft } from './find-draft.ts';

/**
 * Says which version a draft is based on, after it started from that version, the version was merged
 * into it, or either was taken back. It stands beside the document: the revision stays.
 */
export const rebaseDraft = operation({
  kind: 'change',
  name: 'draft.rebase',
  input: z.object({
    draftId: id,
    /** The version's number in the draft's environment; null for none, as before its first. */
    version: integer(1).nullable(),
  }),
  thing: ({ db, caller, input }) => findDraft(db, caller, input.draftId),
  scope: draftScope,
  needs: 'OperateEnvironment',
  async run({ db, input, thing: draft }) {
    const base =
      input.version === null ? null : await versionOf(db, draft.environment, input.version);
    await db.draft.updateMany({
      where: { id: draft.id, orgId: draft.orgId },
      data: {
        basedOnId: base?.id ?? null,
        // What came of the version stays in the draft, also when it is taken back.
        writers: [...(await writersWith(db, base, ...draft.writers))],
      },
    });
    return { versionId: base?.id ?? null, number: input.version };
  },
  audit: unaudited('A draft is never deployed; its versions are recorded.'),
  events: ({ thing }) => [{ type: 'draft', id: thing.id }],
});
