import { orgIdsOf, sees, type Caller } from '../caller.ts';
import { conflict, notFound } from '../errors.ts';
import type { Db } from '../providers/database.ts';
import { scopeWithin } from '../scopes.ts';

/** A thread with its version and environment, among what the caller may see. */
export async function findThread(db: Db, caller: Caller, threadId: string) {
  const thread = await db.reviewThread.findFirst({
    where: { id: threadId, orgId: { in: orgIdsOf(caller) } },
    include: { version: { include: { environment: true } } },
  });
  if (!thread || !sees(caller, thread.version.environment)) throw notFound('thread');
  return thread;
}

type ThreadRow = Awaited<ReturnType<typeof findThread>>;

export function threadScope({ id, version }: ThreadRow) {
  return scopeWithin(version.environment, 'thread', id, labelOf(version));
}

/** A version as people call it. */
export const labelOf = ({ name, number }: { name: string; number: number }): string =>
  `${name} v${number}`;

/** Refuses what would grow without end. */
export function refuseMoreThan(limit: number, count: number, what: string): void {
  if (count < limit) return;
  throw conflict('review_full', `There are ${limit} ${what} already.`, {
    help: 'Resolve what is settled, and go on in a thread that is there.',
    args: { limit },
  });
}
