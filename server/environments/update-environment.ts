import { z } from 'zod';
import { environmentScope, findEnvironment } from '../scopes.ts';
import { id, name } from '../inputs.ts';
import { operation } from '../operation.ts';
import { environmentSettings, refuseTakenName } from './settings.ts';
import { environmentView } from '../workspace/environment-view.ts';

/**
 * Renames an environment and changes its settings. Settings that stand in the deployment statement
 * (who approves, self-approval) make another digest of what is under way, which ends its approval.
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
    thing.posture === 'prod' &&
    settings.selfApproval !== undefined &&
    settings.selfApproval !== thing.selfApproval
      ? ['ManageEnvironment', 'ManageOrgMemberships']
      : 'ManageEnvironment',
  async run({ db, input, thing: environment }) {
    if (input.name) await refuseTakenName(db, environment, input.name, environment.id);
    const row = await db.environment.update({
      where: { orgId_id: { orgId: environment.orgId, id: environment.id } },
      data: { ...input.settings, ...(input.name ? { name: input.name } : {}) },
    });
    return environmentView(row);
  },
  audit: ({ answer, thing }) => ({
    resource: { kind: 'environment', id: thing.id, name: answer.name },
    detail: { before: environmentView(thing), after: answer },
  }),
  events: ({ thing }) => [{ type: 'workspace', id: thing.id }],
});
