import { createDeployment, createDeploymentInput } from '../deployments/create-deployment.ts';
import { getDeployment, getDeploymentInput } from '../deployments/get-deployment.ts';
import { listDeployments, listDeploymentsInput } from '../deployments/list-deployments.ts';
import { previewDeployment, previewDeploymentInput } from '../deployments/preview-deployment.ts';
import { withdrawDeployment, withdrawDeploymentInput } from '../deployments/withdraw-deployment.ts';
import { procedure, router } from './base.ts';

export const deploymentsRouter = router({
  list: procedure
    .input(listDeploymentsInput)
    .query(({ ctx, input }) => listDeployments(ctx.services, ctx.caller, input)),
  get: procedure
    .input(getDeploymentInput)
    .query(({ ctx, input }) => getDeployment(ctx.services, ctx.caller, input)),
  preview: procedure
    .input(previewDeploymentInput)
    .query(({ ctx, input }) => previewDeployment(ctx.services, ctx.caller, input)),
  create: procedure
    .input(createDeploymentInput)
    .mutation(({ ctx, input }) => createDeployment(ctx.services, ctx.caller, input)),
  withdraw: procedure
    .input(withdrawDeploymentInput)
    .mutation(({ ctx, input }) => withdrawDeployment(ctx.services, ctx.caller, input)),
});
