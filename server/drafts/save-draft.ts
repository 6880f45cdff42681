import { z } from 'zod';
import { authorize, scopeWithin } from '../authorize.ts';
import type { Caller } from '../caller.ts';
import { conflict, notFound } from '../errors.ts';
import type { Services } from '../services.ts';
import { executionTarget, id, layout, planText } from './fields.ts';
import { findDraft } from './find-draft.ts';

export const saveDraftInput = z.object({
  draftId: id,
  /** The revision that the change was made on. */
  baseRevision: z.int().positive(),
  text: planText,
  target: executionTarget,
  layout,
  compilerVersion: z.string().max(100),
});

/** Compare-and-set on the revision: a stale save changes nothing and says who was there first. */
export async function saveDraft(
  services: Services,
  caller: Caller,
  input: z.infer<typeof saveDraftInput>,
) {
  const { database, clock, live, jobs } = services;
  const draft = await findDraft(database.client, caller, input.draftId);
  const scope = scopeWithin(draft.environment, 'draft', draft.id, draft.name);
  await authorize(services, caller, 'OperateEnvironment', scope, 'draft.save');
  const now = clock.now();
  const revision = input.baseRevision + 1;
  await database.transact(async (db) => {
    const { count } = await db.draft.updateMany({
      where: { id: draft.id, orgId: draft.orgId, revision: input.baseRevision },
      data: {
        text: input.text,
        target: input.target,
        layout: input.layout,
        compilerVersion: input.compilerVersion,
        revision,
        updatedBy: caller.user.id,
        updatedAt: now,
      },
    });
    if (count === 0) {
      const current = await db.draft.findFirst({ where: { id: draft.id, orgId: draft.orgId } });
      if (!current) throw notFound('draft');
      const author = await db.user.findUnique({ where: { id: current.updatedBy } });
      throw conflict('draft_revision_stale', 'Somebody saved this draft since you opened it.', {
        help: 'Fetch the current draft, compare, and save again on its revision. Nothing was overwritten.',
        args: {
          baseRevision: input.baseRevision,
          currentRevision: current.revision,
          updatedBy: author?.name ?? 'Someone who left',
          updatedAt: current.updatedAt.toISOString(),
        },
      });
    }
    await jobs.enqueue(db, 'spec_ingest', { orgId: draft.orgId, draftId: draft.id }, draft.id);
    await live.publish(
      db,
      {
        type: 'draft',
        id: draft.id,
        orgId: draft.orgId,
        environmentId: draft.environmentId,
        revision,
      },
      now,
    );
  });
  return { revision, savedAt: now.toISOString() };
}
