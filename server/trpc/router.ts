/** The page's procedures. The page imports {@link AppRouter} as a type and nothing else. */
import { operations } from '../operations.ts';
import { router } from './base.ts';
import { agentsRouter, enrollmentTokensRouter } from './agents.ts';
import { approvalsRouter } from './approvals.ts';
import { bundlesRouter } from './bundles.ts';
import { deploymentsRouter } from './deployments.ts';
import { liveRouter } from './live.ts';
import { proceduresOf } from './procedures.ts';
import { sessionRouter } from './session.ts';
import { versionsRouter } from './versions.ts';
import {
  environmentsRouter,
  guideRouter,
  projectsRouter,
  setupRouter,
  workspaceRouter,
} from './workspace.ts';
import { auditRouter, invitationsRouter, membersRouter } from './people.ts';

export const appRouter = router({
  session: sessionRouter,
  workspace: workspaceRouter,
  drafts: router(proceduresOf(operations.drafts)),
  versions: versionsRouter,
  bundles: bundlesRouter,
  deployments: deploymentsRouter,
  approvals: approvalsRouter,
  agents: agentsRouter,
  enrollmentTokens: enrollmentTokensRouter,
  projects: projectsRouter,
  environments: environmentsRouter,
  members: membersRouter,
  invitations: invitationsRouter,
  audit: auditRouter,
  setup: setupRouter,
  guide: guideRouter,
  live: liveRouter,
});

export type AppRouter = typeof appRouter;
