/** The page's procedures. The page imports {@link AppRouter} as a type and nothing else. */
import { operations } from '../operations.ts';
import { router } from './base.ts';
import { deploymentsRouter } from './deployments.ts';
import { liveRouter } from './live.ts';
import { proceduresOf } from './procedures.ts';
import { environmentsRouter, projectsRouter } from './workspace.ts';

export const appRouter = router({
  session: router(proceduresOf(operations.session)),
  workspace: router(proceduresOf(operations.workspace)),
  drafts: router(proceduresOf(operations.drafts)),
  versions: router(proceduresOf(operations.versions)),
  bundles: router(proceduresOf(operations.bundles)),
  deployments: deploymentsRouter,
  approvals: router(proceduresOf(operations.approvals)),
  agents: router(proceduresOf(operations.agents)),
  enrollmentTokens: router(proceduresOf(operations.enrollmentTokens)),
  projects: projectsRouter,
  environments: environmentsRouter,
  members: router(proceduresOf(operations.members)),
  invitations: router(proceduresOf(operations.invitations)),
  audit: router(proceduresOf(operations.audit)),
  setup: router(proceduresOf(operations.setup)),
  guide: router(proceduresOf(operations.guide)),
  live: liveRouter,
});

export type AppRouter = typeof appRouter;
