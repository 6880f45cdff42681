import { z } from 'zod';
import { authorize, environmentScope, findEnvironment } from '../authorize.ts';
import type { Caller } from '../caller.ts';
import { uuidv7 } from '../ids/uuid.ts';
import type { Services } from '../services.ts';
import { draftName, executionTarget, id, layout, planText } from './fields.ts';

export const createDraftInput = z.object({
  environmentId: id,
  name: draftName,
  text: planText.default(''),
  target: executionTarget.default('single_ring'),
  layout: layout.default({}),
});

/** A new draft at revision 1. */
export async function createDraft(
  services: Services,
  caller: Caller,
  input: z.infer<typeof createDraftInput>,
) {
  const { database, clock, live, jobs } = services;
  const environment = await findEnvironment(database.client, caller, input.environmentId);
  await authorize(
    services,
    caller,
    'OperateEnvironment',
    environmentScope(environment),
    'draft.create',
  );
  const now = clock.now();
  const draftId = uuidv7();
  await database.transact(async (db) => {
    await db.draft.create({
      data: {
        id: draftId,
        orgId: environment.orgId,
        environmentId: environment.id,
        name: input.name,
        text: input.text,
        target: input.target,
        layout: input.layout,
        revision: 1,
        createdBy: caller.user.id,
        updatedBy: caller.user.id,
        createdAt: now,
        updatedAt: now,
      },
    });
    await jobs.enqueue(db, 'spec_ingest', { orgId: environment.orgId, draftId }, draftId);
    await live.publish(
      db,
      { type: 'draft', id: draftId, orgId: environment.orgId, environmentId: environment.id },
      now,
    );
  });
  return { draftId, revision: 1, savedAt: now.toISOString() };
}
