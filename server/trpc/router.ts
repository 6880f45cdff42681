/** The page's procedures. The page imports {@link AppRouter} as a type and nothing else. */
import { operations } from '../operations.ts';
import { router } from './base.ts';
import { approvalsRouter } from './approvals.ts';
import { deploymentsRouter } from './deployments.ts';
import { liveRouter } from './live.ts';
import { proceduresOf } from './procedures.ts';
import { sessionRouter } from './session.ts';
import { environmentsRouter, projectsRouter } from './workspace.ts';
import { invitationsRouter, membersRouter } from './people.ts';

export const appRouter = router({
  session: sessionRouter,
  workspace: router(proceduresOf(operations.workspace)),
  drafts: router(proceduresOf(operations.drafts)),
  versions: router(proceduresOf(operations.versions)),
  bundles: router(proceduresOf(operations.bundles)),
  deployments: deploymentsRouter,
  approvals: approvalsRouter,
  agents: router(proceduresOf(operations.agents)),
  enrollmentTokens: router(proceduresOf(operations.enrollmentTokens)),
  projects: projectsRouter,
  environments: environmentsRouter,
  members: membersRouter,
  invitations: invitationsRouter,
  audit: router(proceduresOf(operations.audit)),
  setup: router(proceduresOf(operations.setup)),
  guide: router(proceduresOf(operations.guide)),
  live: liveRouter,
});

export type AppRouter = typeof appRouter;
