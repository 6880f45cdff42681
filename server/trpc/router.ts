/** The page's procedures. The page imports {@link AppRouter} as a type and nothing else. */
import { operations } from '../operations.ts';
import { router } from './base.ts';
import { liveRouter } from './live.ts';
import { proceduresOf } from './procedures.ts';

export const appRouter = router({
  session: router(proceduresOf(operations.session)),
  workspace: router(proceduresOf(operations.workspace)),
  drafts: router(proceduresOf(operations.drafts)),
  versions: router(proceduresOf(operations.versions)),
  reviews: router(proceduresOf(operations.reviews)),
  notifications: router(proceduresOf(operations.notifications)),
  bundles: router(proceduresOf(operations.bundles)),
  connections: router(proceduresOf(operations.connections)),
  deployments: router(proceduresOf(operations.deployments)),
  slots: router(proceduresOf(operations.slots)),
  approvals: router(proceduresOf(operations.approvals)),
  agents: router(proceduresOf(operations.agents)),
  enrollmentTokens: router(proceduresOf(operations.enrollmentTokens)),
  projects: router(proceduresOf(operations.projects)),
  environments: router(proceduresOf(operations.environments)),
  members: router(proceduresOf(operations.members)),
  invitations: router(proceduresOf(operations.invitations)),
  audit: router(proceduresOf(operations.audit)),
  setup: router(proceduresOf(operations.setup)),
  guide: router(proceduresOf(operations.guide)),
  overview: router(proceduresOf(operations.overview)),
  live: liveRouter,
});

export type AppRouter = typeof appRouter;
