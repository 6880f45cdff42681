/** Which versions are versions of one thing, so that what was said about one concerns the others. */
import type { Db } from '../providers/database.ts';

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
