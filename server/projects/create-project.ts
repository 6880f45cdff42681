import { z } from 'zod';
import { uuidv7 } from '../ids/uuid.ts';
import { id, name } from '../inputs.ts';
import { operation } from '../operation.ts';
import { orgScope } from '../scopes.ts';

/** The organization owns the creation of projects. */
export const createProject = operation({
  kind: 'change',
  name: 'project.create',
  input: z.object({ orgId: id, name: name() }),
  thing: ({ db, caller, input }) => orgScope(db, caller, input.orgId),
  scope: (org) => org,
  needs: 'ManageProject',
  async run({ db, input, thing: org, now }) {
    const projectId = uuidv7();
    await db.project.create({
      data: { id: projectId, orgId: org.orgId, name: input.name, createdAt: now },
    });
    return { projectId };
  },
  audit: ({ answer, input }) => ({
    projectId: answer.projectId,
    resource: { kind: 'project', id: answer.projectId, name: input.name },
  }),
  events: ({ answer }) => [{ type: 'workspace', id: answer.projectId }],
});
