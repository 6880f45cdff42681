import type { Db } from '../providers/database.ts';

interface Written {
  orgId: string;
  version: { id: string; createdBy: string; promotedFrom: string | null; draftId: string | null };
  bundle: { createdBy: string; updatedBy: string };
}

/** Who wrote what a deployment runs: its config bundle, its version, and what that was made from. */
export async function authorsOf(db: Db, { orgId, version, bundle }: Written): Promise<string[]> {
  const authors = new Set([bundle.createdBy, bundle.updatedBy]);
  const seen = new Set<string>();
  let current: Written['version'] | null = version;
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
  return [...authors];
}
