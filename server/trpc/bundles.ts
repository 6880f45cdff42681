import { createBundle, createBundleInput } from '../bundles/create-bundle.ts';
import { getBundle, getBundleInput } from '../bundles/get-bundle.ts';
import { listBundles, listBundlesInput } from '../bundles/list-bundles.ts';
import { suggestBundle, suggestBundleInput } from '../bundles/suggest-bundle.ts';
import { updateBundle, updateBundleInput } from '../bundles/update-bundle.ts';
import { procedure, router } from './base.ts';

export const bundlesRouter = router({
  list: procedure
    .input(listBundlesInput)
    .query(({ ctx, input }) => listBundles(ctx.services, ctx.caller, input)),
  get: procedure
    .input(getBundleInput)
    .query(({ ctx, input }) => getBundle(ctx.services, ctx.caller, input)),
  suggest: procedure
    .input(suggestBundleInput)
    .query(({ ctx, input }) => suggestBundle(ctx.services, ctx.caller, input)),
  create: procedure
    .input(createBundleInput)
    .mutation(({ ctx, input }) => createBundle(ctx.services, ctx.caller, input)),
  update: procedure
    .input(updateBundleInput)
    .mutation(({ ctx, input }) => updateBundle(ctx.services, ctx.caller, input)),
});
