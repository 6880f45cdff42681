import { createDraft, createDraftInput } from '../drafts/create-draft.ts';
import { getDraft, getDraftInput } from '../drafts/get-draft.ts';
import { listDrafts, listDraftsInput } from '../drafts/list-drafts.ts';
import { removeDraft, removeDraftInput } from '../drafts/remove-draft.ts';
import { renameDraft, renameDraftInput } from '../drafts/rename-draft.ts';
import { saveDraft, saveDraftInput } from '../drafts/save-draft.ts';
import { procedure, router } from './base.ts';

export const draftsRouter = router({
  list: procedure
    .input(listDraftsInput)
    .query(({ ctx, input }) => listDrafts(ctx.services, ctx.caller, input)),
  get: procedure
    .input(getDraftInput)
    .query(({ ctx, input }) => getDraft(ctx.services, ctx.caller, input)),
  create: procedure
    .input(createDraftInput)
    .mutation(({ ctx, input }) => createDraft(ctx.services, ctx.caller, input)),
  save: procedure
    .input(saveDraftInput)
    .mutation(({ ctx, input }) => saveDraft(ctx.services, ctx.caller, input)),
  rename: procedure
    .input(renameDraftInput)
    .mutation(({ ctx, input }) => renameDraft(ctx.services, ctx.caller, input)),
  remove: procedure
    .input(removeDraftInput)
    .mutation(({ ctx, input }) => removeDraft(ctx.services, ctx.caller, input)),
});
