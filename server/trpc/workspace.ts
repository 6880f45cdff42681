import { createEnvironment, createEnvironmentInput } from '../environments/create-environment.ts';
import { deleteEnvironment, deleteEnvironmentInput } from '../environments/delete-environment.ts';
import { updateEnvironment, updateEnvironmentInput } from '../environments/update-environment.ts';
import { createProject, createProjectInput } from '../projects/create-project.ts';
import { deleteProject, deleteProjectInput } from '../projects/delete-project.ts';
import { updateProject, updateProjectInput } from '../projects/update-project.ts';
import { procedure, router } from './base.ts';

export const projectsRouter = router({
  create: procedure
    .input(createProjectInput)
    .mutation(({ ctx, input }) => createProject(ctx.services, ctx.caller, input)),
  update: procedure
    .input(updateProjectInput)
    .mutation(({ ctx, input }) => updateProject(ctx.services, ctx.caller, input)),
  delete: procedure
    .input(deleteProjectInput)
    .mutation(({ ctx, input }) => deleteProject(ctx.services, ctx.caller, input)),
});

export const environmentsRouter = router({
  create: procedure
    .input(createEnvironmentInput)
    .mutation(({ ctx, input }) => createEnvironment(ctx.services, ctx.caller, input)),
  update: procedure
    .input(updateEnvironmentInput)
    .mutation(({ ctx, input }) => updateEnvironment(ctx.services, ctx.caller, input)),
  delete: procedure
    .input(deleteEnvironmentInput)
    .mutation(({ ctx, input }) => deleteEnvironment(ctx.services, ctx.caller, input)),
});
