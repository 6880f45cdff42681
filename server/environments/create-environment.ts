import { z } from 'zod';
import { ENVIRONMENT_DEFAULTS, POSTURES } from '../domain/environments/policy.ts';
import { uuidv7 } from '../ids/uuid.ts';
import { id, name } from '../inputs.ts';
import { operation } from '../operation.ts';
import { projectScope } from '../scopes.ts';
import { allowedBy, environmentSettings, refuseTakenName, refuseUnreachable } from './settings.ts';

export const createEnvironment = operation({
  kind: 'change',
  name: 'environment.create',
  input: z.object({
    projectId: id,
    name: name(),
    posture: z.enum(POSTURES),
    settings: environmentSettings.partial().default({}),
  }),
  thing: ({ db, caller, input }) => projectScope(db, caller, input.projectId),
  scope: (project) => project,
  // The roles that were given on the project before would decide in it, too (decision 55).
  needs: ({ input }) =>
    input.posture === 'prod' ? ['ManageProject', 'ManageOrgMemberships'] : 'ManageProject',
  async run({ db, caller, input, thing: project, now }) {
    const { id: projectId, orgId } = project;
    await refuseTakenName(db, { orgId, projectId }, input.name);
    refuseUnreachable({ quorum: 1, approverRoles: [], approverUsers: [], ...input.settings });
    const environmentId = uuidv7();
    await db.environment.create({
      data: {
        id: environmentId,
        orgId,
        projectId,
        name: input.name,
        posture: input.posture,
        ...ENVIRONMENT_DEFAULTS,
        ...input.settings,
        ...allowedBy(null, input.settings, caller.user.id),
        createdAt: now,
      },
    });
    return { environmentId };
  },
  audit: ({ answer, input }) => ({
    environmentId: answer.environmentId,
    resource: { kind: 'environment', id: answer.environmentId, name: input.name },
    detail: { posture: input.posture, ...input.settings },
  }),
  events: ({ answer }) => [{ type: 'workspace', id: answer.environmentId }],
});
