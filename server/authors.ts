import { ancestriesOf } from './lineage.ts';
import type { Db } from './providers/database.ts';

type WrittenVersion = Parameters<typeof ancestriesOf>[1][number];

/** Who wrote some versions: who made each, who made what it was promoted from, and who wrote the drafts. */
export async function authorsOfVersions(
  db: Db,
  versions: readonly WrittenVersion[],
): Promise<(version: WrittenVersion) => Set<string>> {
  const ancestryOf = await ancestriesOf(db, versions);
  const drafts = await db.draft.findMany({
    where: {
      orgId: { in: [...new Set(versions.map(({ orgId }) => orgId))] },
      id: { in: versions.flatMap(ancestryOf).flatMap(({ draftId }) => draftId ?? []) },
    },
    select: { id: true, orgId: true, createdBy: true, updatedBy: true },
  });
  const byId = new Map(drafts.map((draft) => [draft.id, draft]));
  return (version) => {
    const authors = new Set<string>();
    for (const { draftId, createdBy } of ancestryOf(version)) {
      authors.add(createdBy);
      const draft = draftId === null ? undefined : byId.get(draftId);
      if (draft?.orgId === version.orgId) authors.add(draft.createdBy).add(draft.updatedBy);
    }
    return authors;
  };
}

export async function authorsOfVersion(db: Db, version: WrittenVersion): Promise<Set<string>> {
  return (await authorsOfVersions(db, [version]))(version);
}
