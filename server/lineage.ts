/** Which versions are versions of one thing, so that what was said about one concerns the others. */
import type { Db } from './providers/database.ts';

interface VersionRow {
  id: string;
  orgId: string;
  draftId: string | null;
  promotedFrom: string | null;
  createdBy: string;
  writers: readonly string[];
}

/** The columns that ancestry and authorship need. */
export const versionColumns = {
  id: true,
  orgId: true,
  draftId: true,
  promotedFrom: true,
  createdBy: true,
  writers: true,
} as const;

export interface Lineage {
  /** The draft of the origin, also when it is gone; the origin itself where it never had one. */
  lineageId: string;
  /**
   * The version that this one was promoted from, at the beginning: the same plan, byte for byte.
   * Ids are in the order of time.
   */
  originId: string;
}

/**
 * Each version with what it was promoted from, back to the beginning. A query for each step back, over
 * all of them at once.
 */
export async function ancestriesOf(
  db: Db,
  versions: readonly VersionRow[],
): Promise<(version: VersionRow) => readonly VersionRow[]> {
  const known = new Map(versions.map((version) => [version.id, version]));
  const orgId = { in: [...new Set(versions.map((version) => version.orgId))] };
  let rows: readonly VersionRow[] = versions;
  for (;;) {
    const wanted = rows.flatMap(({ promotedFrom }) =>
      promotedFrom !== null && !known.has(promotedFrom) ? [promotedFrom] : [],
    );
    if (wanted.length === 0) break;
    rows = await db.version.findMany({
      where: { orgId, id: { in: [...new Set(wanted)] } },
      select: versionColumns,
    });
    for (const row of rows) known.set(row.id, row);
  }
  return (version) => {
    const chain = [version];
    for (;;) {
      const last = chain.at(-1);
      const before = last?.promotedFrom ? known.get(last.promotedFrom) : undefined;
      // A version is promoted from an older one of its organization, so this ends.
      if (!before || before.orgId !== version.orgId || chain.includes(before)) return chain;
      chain.push(before);
    }
  };
}

/** The lineages of some versions, at once. */
export async function lineagesOf(
  db: Db,
  versions: readonly VersionRow[],
): Promise<(version: VersionRow) => Lineage> {
  const ancestryOf = await ancestriesOf(db, versions);
  return (version) => {
    const origin = ancestryOf(version).at(-1) ?? version;
    return { lineageId: origin.draftId ?? origin.id, originId: origin.id };
  };
}

export async function lineageOf(db: Db, version: VersionRow): Promise<Lineage> {
  return (await lineagesOf(db, [version]))(version);
}

/** What was written up to a version, in its lineage or on itself. */
export function upTo(version: { id: string; orgId: string }, { lineageId, originId }: Lineage) {
  return {
    orgId: version.orgId,
    OR: [{ lineageId, originId: { lte: originId } }, { versionId: version.id }],
  };
}

/** With the version that something was written on, and where that stands. */
export const onVersion = { version: { include: { environment: { select: { projectId: true } } } } };
