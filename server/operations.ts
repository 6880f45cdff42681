/**
 * Every operation, by the name that the page calls it by: `drafts.save` is `operations.drafts.save`.
 * tRPC's router is made from this, and so are the tests that enumerate operations; what isn't here
 * can't be called.
 */
import { createDraft } from './drafts/create-draft.ts';
import { getDraft } from './drafts/get-draft.ts';
import { listDrafts } from './drafts/list-drafts.ts';
import { removeDraft } from './drafts/remove-draft.ts';
import { renameDraft } from './drafts/rename-draft.ts';
import { saveDraft } from './drafts/save-draft.ts';

export const operations = {
  drafts: {
    list: listDrafts,
    get: getDraft,
    create: createDraft,
    save: saveDraft,
    rename: renameDraft,
    remove: removeDraft,
  },
};
