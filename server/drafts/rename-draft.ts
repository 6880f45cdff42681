import { z } from 'zod';
import { id, name } from '../inputs.ts';
import { operation, unaudited } from '../operation.ts';
import { draftScope, findDraft } from './find-draft.ts';

/** The name is beside the document: renaming leaves the revision alone. */
export const renameDraft = operation({
  kind: 'change',
  name: 'draft.rename',
  input: z.object({ draftId: id, name: name() }),
  thing: ({ db, caller, input }) => findDraft(db, caller, input.draftId),
  scope: draftScope,
  needs: 'OperateEnvironment',
  async run({ db, input, thing: draft }) {
    await db.draft.updateMany({
      where: { id: draft.id, orgId: draft.orgId },
      data: { name: input.name },
    });
    return { name: input.name };
  },
  audit: unaudited('A draft is never deployed; its versions are recorded.'),
  events: ({ thing }) => [{ type: 'draft', id: thing.id }],
});
