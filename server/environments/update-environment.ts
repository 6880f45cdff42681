import { z } from 'zod';
import { environmentScope, findEnvironment } from '../scopes.ts';
import { id, name } from '../inputs.ts';
import { operation } from '../operation.ts';
import {
  allowedBy,
  changesWhoApproves,
  environmentSettings,
  refuseTakenName,
  refuseUnreachable,
} from './settings.ts';
import { environmentView } from '../workspace/environment-view.ts';

/**
 * Renames an environment and changes its settings. Settings that stand in the deployment statement
 * (who approves, how many, the glass) make another digest of what is under way, which ends its
 * approval: what is asked for already gets no looser.
 */
export const updateEnvironment = operation({
  kind: 'change',
  name: 'environment.update',
  input: z.object({
    environmentId: id,
    name: name().optional(),
    settings: environmentSettings.partial().default({}),
  }),
  thing: ({ db, caller, input }) => findEnvironment(db, caller, input.environmentId),
  scope: environmentScope,
  // Whoever may let themselves approve in `prod` has no second person.
  needs: ({ thing, input: { settings } }) =>
    thing.posture === 'prod' && changesWhoApproves(thing, settings)
      ? ['ManageEnvironment', 'ManageOrgMemberships']
      : 'ManageEnvironment',
  async run({ db, caller, input, thing: environment }) {
    refuseUnreachable({ ...environment, ...input.settings });
    if (input.name) await refuseTakenName(db, environment, input.name, environment.id);
    const row = await db.environment.update({
      where: { orgId_id: { orgId: environment.orgId, id: environment.id } },
      data: {
        ...input.settings,
        ...allowedBy(environment, input.settings, caller.user.id),
        ...(input.name ? { name: input.name } : {}),
      },
    });
    return environmentView(row);
  },
  audit: ({ answer, thing }) => ({
    resource: { kind: 'environment', id: thing.id, name: answer.name },
    detail: { before: environmentView(thing), after: answer },
  }),
  events: ({ thing }) => [{ type: 'workspace', id: thing.id }],
});
