import type { Db } from '../providers/database.ts';

export interface PersonName {
  id: string;
  name: string;
}

/** Looks names up once for a list of people; somebody who is gone keeps the id. */
export async function namesOf(
  db: Db,
  userIds: readonly string[],
): Promise<(userId: string) => PersonName> {
  const rows = await db.user.findMany({
    where: { id: { in: [...new Set(userIds)] } },
    select: { id: true, name: true },
  });
  const byId = new Map(rows.map((row) => [row.id, row.name]));
  return (userId) => ({ id: userId, name: byId.get(userId) ?? 'Someone who left' });
}
