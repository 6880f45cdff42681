/** The page's procedures. The page imports {@link AppRouter} as a type and nothing else. */
import { router } from './base.ts';
import { draftsRouter } from './drafts.ts';
import { liveRouter } from './live.ts';
import { sessionRouter } from './session.ts';
import { workspaceRouter } from './workspace.ts';

export const appRouter = router({
  session: sessionRouter,
  workspace: workspaceRouter,
  drafts: draftsRouter,
  live: liveRouter,
});

export type AppRouter = typeof appRouter;
