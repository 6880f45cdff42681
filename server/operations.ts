/**
 * Every operation, by the name that the page calls it by: `drafts.save` is `operations.drafts.save`.
 * tRPC's router is made from this, and so are the tests that enumerate operations; what isn't here
 * can't be called.
 */
import { decommissionAgent } from './agents/decommission-agent.ts';
import { getAgent } from './agents/get-agent.ts';
import { listAgents } from './agents/list-agents.ts';
import { approve } from './approvals/approve.ts';
import { breakGlass } from './approvals/break-glass.ts';
import { deny } from './approvals/deny.ts';
import { tryNow } from './agents/try-now.ts';
import { renameAgent } from './agents/rename-agent.ts';
import { getApproval } from './approvals/get-approval.ts';
import { listInbox } from './approvals/list-inbox.ts';
import { getTrial } from './connections/get-trial.ts';
import { tryConnections } from './connections/try-connections.ts';
import { countWaiting } from './approvals/count-waiting.ts';
import { reviewBreakGlass } from './approvals/review-break-glass.ts';
import { revokeApproval } from './approvals/revoke-approval.ts';
import { listAudit } from './audit/list-audit.ts';
import { createBundle } from './bundles/create-bundle.ts';
import { getBundle } from './bundles/get-bundle.ts';
import { listBundles } from './bundles/list-bundles.ts';
import { suggestBundle } from './bundles/suggest-bundle.ts';
import { updateBundle } from './bundles/update-bundle.ts';
import { abortDeployment } from './deployments/abort-deployment.ts';
import { createDeployment } from './deployments/create-deployment.ts';
import { getDeployment } from './deployments/get-deployment.ts';
import { goOnWithDeployment } from './deployments/go-on.ts';
import { leaveDeployment } from './deployments/leave-deployment.ts';
import { getNumbers } from './deployments/get-numbers.ts';
import { getReports } from './deployments/get-reports.ts';
import { listDeployments } from './deployments/list-deployments.ts';
import { previewDeployment } from './deployments/preview-deployment.ts';
import { rollBack } from './deployments/roll-back.ts';
import { withdrawDeployment } from './deployments/withdraw-deployment.ts';
import { createDraft } from './drafts/create-draft.ts';
import { getDraft } from './drafts/get-draft.ts';
import { listDrafts } from './drafts/list-drafts.ts';
import { rebaseDraft } from './drafts/rebase-draft.ts';
import { removeDraft } from './drafts/remove-draft.ts';
import { renameDraft } from './drafts/rename-draft.ts';
import { saveDraft } from './drafts/save-draft.ts';
import { createEnvironment } from './environments/create-environment.ts';
import { deleteEnvironment } from './environments/delete-environment.ts';
import { updateEnvironment } from './environments/update-environment.ts';
import { createToken } from './enrollment-tokens/create-token.ts';
import { listTokens } from './enrollment-tokens/list-tokens.ts';
import { revokeToken } from './enrollment-tokens/revoke-token.ts';
import { getGuide } from './guide/get-guide.ts';
import { acceptInvitation } from './invitations/accept-invitation.ts';
import { createInvitation } from './invitations/create-invitation.ts';
import { listInvitations } from './invitations/list-invitations.ts';
import { peekInvitation } from './invitations/peek-invitation.ts';
import { revokeInvitation } from './invitations/revoke-invitation.ts';
import { changeRole } from './members/change-role.ts';
import { listMembers } from './members/list-members.ts';
import { removeMember } from './members/remove-member.ts';
import { issueMemberSignInLink } from './members/sign-in-link.ts';
import { listNotifications } from './notifications/list-notifications.ts';
import { markRead } from './notifications/mark-read.ts';
import { getOverview } from './overview/get-overview.ts';
import { createProject } from './projects/create-project.ts';
import { deleteProject } from './projects/delete-project.ts';
import { updateProject } from './projects/update-project.ts';
import { applySuggestion } from './reviews/apply-suggestion.ts';
import { editComment } from './reviews/edit-comment.ts';
import { finishReview } from './reviews/finish-review.ts';
import { getReviews } from './reviews/get-reviews.ts';
import { removeComment } from './reviews/remove-comment.ts';
import { replyToThread } from './reviews/reply-to-thread.ts';
import { resolveThread } from './reviews/resolve-thread.ts';
import { setViewed } from './reviews/set-viewed.ts';
import { startThread } from './reviews/start-thread.ts';
import { getSession } from './session/get-session.ts';
import { signIn } from './session/sign-in.ts';
import { signOut } from './session/sign-out.ts';
import { getSetupStatus } from './setup/get-status.ts';
import { resumeSlot } from './slots/resume-slot.ts';
import { stopSlot } from './slots/stop-slot.ts';
import { createVersion } from './versions/create-version.ts';
import { getVersion } from './versions/get-version.ts';
import { listVersions } from './versions/list-versions.ts';
import { promoteVersion } from './versions/promote-version.ts';
import { getTree } from './workspace/get-tree.ts';
import { createOrg } from './workspace/create-org.ts';
import { renameOrg } from './workspace/rename-org.ts';
import type { AnyOperation } from './operation.ts';

export const operations = {
  session: { get: getSession, signIn, signOut },
  workspace: { tree: getTree, create: createOrg, rename: renameOrg },
  overview: { get: getOverview },
  drafts: {
    list: listDrafts,
    get: getDraft,
    create: createDraft,
    save: saveDraft,
    rename: renameDraft,
    rebase: rebaseDraft,
    remove: removeDraft,
  },
  agents: {
    list: listAgents,
    get: getAgent,
    rename: renameAgent,
    decommission: decommissionAgent,
    tryNow,
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
  reviews: {
    get: getReviews,
    comment: startThread,
    reply: replyToThread,
    editComment,
    removeComment,
    resolve: resolveThread,
    finish: finishReview,
    setViewed,
    applySuggestion,
  },
  notifications: { list: listNotifications, markRead },
  bundles: {
    list: listBundles,
    get: getBundle,
    suggest: suggestBundle,
    create: createBundle,
    update: updateBundle,
  },
  connections: { try: tryConnections, get: getTrial },
  approvals: {
    inbox: listInbox,
    waiting: countWaiting,
    get: getApproval,
    approve,
    deny,
    breakGlass,
    reviewBreakGlass,
    revoke: revokeApproval,
  },
  members: {
    list: listMembers,
    changeRole,
    remove: removeMember,
    signInLink: issueMemberSignInLink,
  },
  invitations: {
    create: createInvitation,
    list: listInvitations,
    revoke: revokeInvitation,
    peek: peekInvitation,
    accept: acceptInvitation,
  },
  deployments: {
    list: listDeployments,
    get: getDeployment,
    numbers: getNumbers,
    reports: getReports,
    preview: previewDeployment,
    create: createDeployment,
    withdraw: withdrawDeployment,
    abort: abortDeployment,
    rollBack,
    goOn: goOnWithDeployment,
    leave: leaveDeployment,
  },
  slots: { stop: stopSlot, resume: resumeSlot },
  projects: { create: createProject, update: updateProject, delete: deleteProject },
  environments: {
    create: createEnvironment,
    update: updateEnvironment,
    delete: deleteEnvironment,
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
