import { isProven } from '../domain/identity/sessions.ts';
import type { Db } from '../providers/database.ts';
import type { HeldSession } from '../providers/identity.ts';

/**
 * Lets a session that somebody else was shown the link of reach one organization more: one that was
 * made in it, or whose invitation was accepted in it. Other sessions of the person don't follow.
 */
export async function reachFurther(db: Db, session: HeldSession, orgId: string): Promise<void> {
  if (isProven(session)) return;
  await db.session.updateMany({
    where: { id: session.id },
    data: { orgIds: [...new Set([...session.orgIds, orgId])] },
  });
}
