import { z } from 'zod';
import { authorize, scopeWithin } from '../authorize.ts';
import type { Caller } from '../caller.ts';
import type { Services } from '../services.ts';
import { draftName, id } from './fields.ts';
import { findDraft } from './find-draft.ts';

export const renameDraftInput = z.object({ draftId: id, name: draftName });

/** The name is beside the document: renaming leaves the revision alone. */
export async function renameDraft(
  services: Services,
  caller: Caller,
  input: z.infer<typeof renameDraftInput>,
) {
  const { database, clock, live } = services;
  const draft = await findDraft(database.client, caller, input.draftId);
  const scope = scopeWithin(draft.environment, 'draft', draft.id, draft.name);
  await authorize(services, caller, 'OperateEnvironment', scope, 'draft.rename');
  await database.transact(async (db) => {
    await db.draft.updateMany({
      where: { id: draft.id, orgId: draft.orgId },
      data: { name: input.name },
    });
    await live.publish(
      db,
      { type: 'draft', id: draft.id, orgId: draft.orgId, environmentId: draft.environmentId },
      clock.now(),
    );
  });
  return { name: input.name };
}
