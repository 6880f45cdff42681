/**
 * Every operation, by the name that the page calls it by: `drafts.save` is `operations.drafts.save`.
 * tRPC's router is made from this, and so are the tests that enumerate operations; what isn't here
 * can't be called.
 */
import { decommissionAgent } from './agents/decommission-agent.ts';
import { getAgent } from './agents/get-agent.ts';
import { listAgents } from './agents/list-agents.ts';
import { listAudit } from './audit/list-audit.ts';
import { createBundle } from './bundles/create-bundle.ts';
import { getBundle } from './bundles/get-bundle.ts';
import { listBundles } from './bundles/list-bundles.ts';
import { suggestBundle } from './bundles/suggest-bundle.ts';
import { updateBundle } from './bundles/update-bundle.ts';
import { createDraft } from './drafts/create-draft.ts';
import { getDraft } from './drafts/get-draft.ts';
import { listDrafts } from './drafts/list-drafts.ts';
import { removeDraft } from './drafts/remove-draft.ts';
import { renameDraft } from './drafts/rename-draft.ts';
import { saveDraft } from './drafts/save-draft.ts';
import { createToken } from './enrollment-tokens/create-token.ts';
import { listTokens } from './enrollment-tokens/list-tokens.ts';
import { revokeToken } from './enrollment-tokens/revoke-token.ts';
import { getGuide } from './guide/get-guide.ts';
import { getSetupStatus } from './setup/get-status.ts';
import { createVersion } from './versions/create-version.ts';
import { getVersion } from './versions/get-version.ts';
import { listVersions } from './versions/list-versions.ts';
import { promoteVersion } from './versions/promote-version.ts';
import { getTree } from './workspace/get-tree.ts';
import { createOrg } from './workspace/create-org.ts';
import { renameOrg } from './workspace/rename-org.ts';
import type { AnyOperation } from './operation.ts';

export const operations = {
  workspace: { tree: getTree, create: createOrg, rename: renameOrg },
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
  versions: {
    list: listVersions,
    get: getVersion,
    create: createVersion,
    promote: promoteVersion,
  },
  bundles: {
    list: listBundles,
    get: getBundle,
    suggest: suggestBundle,
    create: createBundle,
    update: updateBundle,
  },
  audit: { list: listAudit },
  setup: { status: getSetupStatus },
  guide: { get: getGuide },
};

/** The operation that the page calls by `drafts.save`, or null. */
export function operationAt(path: string): AnyOperation | null {
  const [group = '', name = ''] = path.split('.');
  const groups: Record<string, Record<string, AnyOperation>> = operations;
  if (!Object.hasOwn(groups, group)) return null;
  const found = groups[group];
  return found && Object.hasOwn(found, name) ? (found[name] ?? null) : null;
}
