import { getTree } from '../workspace/get-tree.ts';
import { procedure, router } from './base.ts';

export const workspaceRouter = router({
  tree: procedure.query(({ ctx }) => getTree(ctx.services, ctx.caller)),
});
