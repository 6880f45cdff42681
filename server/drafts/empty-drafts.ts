/** Which drafts nothing is written in. */
import type { Db } from '../providers/database.ts';

/** The ids of those among them; their text isn't fetched for it. */
export async function emptyAmong(db: Db, ids: string[]): Promise<ReadonlySet<string>> {
  const rows = await db.draft.findMany({
    where: { id: { in: ids }, text: '' },
    select: { id: true },
  });
  return new Set(rows.map(({ id }) => id));
}
