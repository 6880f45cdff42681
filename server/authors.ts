import { ancestriesOf } from './lineage.ts';
import type { Db } from './providers/database.ts';

type WrittenVersion = Parameters<typeof ancestriesOf>[1][number];

/**
 * Who wrote some versions: who made each, who made what it was promoted from, and everybody who wrote
 * a part of the drafts, as those were then. Of versions from before that was kept it is only known who
 * began and who last saved the draft.
 */
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
    for (const { draftId, createdBy, writers } of ancestryOf(version)) {
      authors.add(createdBy);
      for (const writer of writers) authors.add(writer);
      const draft = draftId === null || writers.length > 0 ? undefined : byId.get(draftId);
      if (draft?.orgId === version.orgId) authors.add(draft.createdBy).add(draft.updatedBy);
    }
    return authors;
  };
}

export async function authorsOfVersion(db: Db, version: WrittenVersion): Promise<Set<string>> {
  return (await authorsOfVersions(db, [version]))(version);
}
