import type { Db } from './providers/database.ts';

interface WrittenVersion {
  id: string;
  orgId: string;
  createdBy: string;
  promotedFrom: string | null;
  draftId: string | null;
}

/** Who wrote a version: who made it, who made what it was promoted from, and who wrote its draft. */
export async function authorsOfVersion(db: Db, version: WrittenVersion): Promise<Set<string>> {
  const { orgId } = version;
  const authors = new Set<string>();
  const seen = new Set<string>();
  let current: WrittenVersion | null = version;
  while (current && !seen.has(current.id)) {
    seen.add(current.id);
    authors.add(current.createdBy);
    const draft = current.draftId
      ? await db.draft.findFirst({ where: { id: current.draftId, orgId } })
      : null;
    if (draft) authors.add(draft.createdBy).add(draft.updatedBy);
    current = current.promotedFrom
      ? await db.version.findFirst({ where: { id: current.promotedFrom, orgId } })
      : null;
  }
  return authors;
}
