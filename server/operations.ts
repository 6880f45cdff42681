/**
 * Every operation, by the name that the page calls it by: `drafts.save` is `operations.drafts.save`.
 * tRPC's router is made from this, and so are the tests that enumerate operations; what isn't here
 * can't be called.
 */
import { decommissionAgent } from './agents/decommission-agent.ts';
import { getAgent } from './agents/get-agent.ts';
import { listAgents } from './agents/list-agents.ts';
import { createDraft } from './drafts/create-draft.ts';
import { getDraft } from './drafts/get-draft.ts';
import { listDrafts } from './drafts/list-drafts.ts';
import { removeDraft } from './drafts/remove-draft.ts';
import { renameDraft } from './drafts/rename-draft.ts';
import { saveDraft } from './drafts/save-draft.ts';
import { createToken } from './enrollment-tokens/create-token.ts';
import { listTokens } from './enrollment-tokens/list-tokens.ts';
import { revokeToken } from './enrollment-tokens/revoke-token.ts';

export const operations = {
  drafts: {
    list: listDrafts,
    get: getDraft,
    create: createDraft,
    save: saveDraft,
    rename: renameDraft,
    remove: removeDraft,
  },
  agents: {
    list: listAgents,
    get: getAgent,
    decommission: decommissionAgent,
  },
  enrollmentTokens: {
    list: listTokens,
    create: createToken,
    revoke: revokeToken,
  },
};
