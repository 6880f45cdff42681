import { scopeWithin } from '../scopes.ts';
import { orgIdsOf, sees, type Caller } from '../caller.ts';
import { notFound } from '../errors.ts';
import type { Db } from '../providers/database.ts';

/** A draft with its environment, among what the caller may see. */
export async function findDraft(db: Db, caller: Caller, draftId: string) {
  const draft = await db.draft.findFirst({
    where: { id: draftId, orgId: { in: orgIdsOf(caller) } },
    include: { environment: true },
  });
  if (!draft || !sees(caller, draft.environment)) throw notFound('draft');
  return draft;
}

export function draftScope(draft: Awaited<ReturnType<typeof findDraft>>) {
  return scopeWithin(draft.environment, 'draft', draft.id, draft.name);
}
