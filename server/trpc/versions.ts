import { createVersion, createVersionInput } from '../versions/create-version.ts';
import { getVersion, getVersionInput } from '../versions/get-version.ts';
import { listVersions, listVersionsInput } from '../versions/list-versions.ts';
import { promoteVersion, promoteVersionInput } from '../versions/promote-version.ts';
import { procedure, router } from './base.ts';

export const versionsRouter = router({
  list: procedure
    .input(listVersionsInput)
    .query(({ ctx, input }) => listVersions(ctx.services, ctx.caller, input)),
  get: procedure
    .input(getVersionInput)
    .query(({ ctx, input }) => getVersion(ctx.services, ctx.caller, input)),
  create: procedure
    .input(createVersionInput)
    .mutation(({ ctx, input }) => createVersion(ctx.services, ctx.caller, input)),
  promote: procedure
    .input(promoteVersionInput)
    .mutation(({ ctx, input }) => promoteVersion(ctx.services, ctx.caller, input)),
});
