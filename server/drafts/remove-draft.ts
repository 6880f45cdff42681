import { z } from 'zod';
import { id } from '../inputs.ts';
import { operation } from '../operation.ts';
import { draftScope, findDraft } from './find-draft.ts';

/** Versions made from the draft stay. */
export const removeDraft = operation({
  kind: 'change',
  name: 'draft.remove',
  input: z.object({ draftId: id }),
  thing: ({ db, caller, input }) => findDraft(db, caller, input.draftId),
  scope: draftScope,
  needs: 'OperateEnvironment',
  async run({ db, thing: draft }) {
    await db.draft.deleteMany({ where: { id: draft.id, orgId: draft.orgId } });
    return {};
  },
  audit: ({ thing }) => ({ detail: { revision: thing.revision } }),
  events: ({ thing }) => [{ type: 'draft', id: thing.id }],
});
