import { z } from 'zod';
import { authorize, scopeWithin, userActor } from '../authorize.ts';
import { recordAudit } from '../audit/record.ts';
import type { Caller } from '../caller.ts';
import type { Services } from '../services.ts';
import { id } from './fields.ts';
import { findDraft } from './find-draft.ts';

export const removeDraftInput = z.object({ draftId: id });

/** Versions made from the draft stay. */
export async function removeDraft(
  services: Services,
  caller: Caller,
  input: z.infer<typeof removeDraftInput>,
) {
  const { database, clock, live } = services;
  const draft = await findDraft(database.client, caller, input.draftId);
  const scope = scopeWithin(draft.environment, 'draft', draft.id, draft.name);
  await authorize(services, caller, 'OperateEnvironment', scope, 'draft.remove');
  const now = clock.now();
  await database.transact(async (db) => {
    await db.draft.deleteMany({ where: { id: draft.id, orgId: draft.orgId } });
    await recordAudit(db, now, {
      orgId: draft.orgId,
      projectId: draft.environment.projectId,
      environmentId: draft.environmentId,
      actor: userActor(caller),
      action: 'draft.remove',
      outcome: 'succeeded',
      resource: { kind: 'draft', id: draft.id, name: draft.name },
      detail: { revision: draft.revision },
    });
    await live.publish(
      db,
      { type: 'draft', id: draft.id, orgId: draft.orgId, environmentId: draft.environmentId },
      now,
    );
  });
  return {};
}
