import { z } from 'zod';
import { id, name } from '../inputs.ts';
import { operation } from '../operation.ts';
import { projectScope } from '../scopes.ts';

export const updateProject = operation({
  kind: 'change',
  name: 'project.update',
  input: z.object({ projectId: id, name: name() }),
  thing: ({ db, caller, input }) => projectScope(db, caller, input.projectId),
  scope: (project) => project,
  needs: 'ManageProject',
  async run({ db, input, thing: project }) {
    await db.project.updateMany({
      where: { id: project.id, orgId: project.orgId },
      data: { name: input.name },
    });
    return { name: input.name };
  },
  audit: ({ input, thing }) => ({
    resource: { kind: 'project', id: thing.id, name: input.name },
    detail: { before: thing.name ?? '' },
  }),
  events: ({ thing }) => [{ type: 'workspace', id: thing.id }],
});
