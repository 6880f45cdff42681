/** Which versions are versions of one thing, so that what was said about one concerns the others. */
import type { Db } from './providers/database.ts';

interface VersionRow {
  id: string;
  orgId: string;
  draftId: string | null;
  promotedFrom: string | null;
}

export interface Lineage {
  /** The draft of the origin, also when it is gone; the origin itself where it never had one. */
  lineageId: string;
  /**
   * The version that this one was promoted from, at the beginning: the same plan, byte for byte.
   * Ids are in the order of time.
   */
  originId: string;
}

export async function lineageOf(db: Db, version: VersionRow): Promise<Lineage> {
  let origin = version;
  // A version is promoted from an older one, so this ends.
  while (origin.promotedFrom) {
    const source = await db.version.findFirst({
      where: { id: origin.promotedFrom, orgId: version.orgId },
      select: { id: true, orgId: true, draftId: true, promotedFrom: true },
    });
    if (!source) break;
    origin = source;
  }
  return { lineageId: origin.draftId ?? origin.id, originId: origin.id };
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
