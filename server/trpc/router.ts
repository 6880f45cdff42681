/** The page's procedures. The page imports {@link AppRouter} as a type and nothing else. */
import { operations } from '../operations.ts';
import { router } from './base.ts';
import { approvalsRouter } from './approvals.ts';
import { liveRouter } from './live.ts';
import { proceduresOf } from './procedures.ts';
import { sessionRouter } from './session.ts';
import { invitationsRouter, membersRouter } from './people.ts';

export const appRouter = router({
  session: sessionRouter,
  workspace: router(proceduresOf(operations.workspace)),
  drafts: router(proceduresOf(operations.drafts)),
  versions: router(proceduresOf(operations.versions)),
  bundles: router(proceduresOf(operations.bundles)),
  deployments: router(proceduresOf(operations.deployments)),
  approvals: approvalsRouter,
  agents: router(proceduresOf(operations.agents)),
  enrollmentTokens: router(proceduresOf(operations.enrollmentTokens)),
  projects: router(proceduresOf(operations.projects)),
  environments: router(proceduresOf(operations.environments)),
  members: membersRouter,
  invitations: invitationsRouter,
  audit: router(proceduresOf(operations.audit)),
  setup: router(proceduresOf(operations.setup)),
  guide: router(proceduresOf(operations.guide)),
  live: liveRouter,
});

export type AppRouter = typeof appRouter;
