import { scopeWithin } from '../authorize.ts';
import { orgIdsOf, type Caller } from '../caller.ts';
import { notFound } from '../errors.ts';
import type { Db } from '../providers/database.ts';

/** A version with its environment, among the caller's organizations. */
export async function findVersion(db: Db, caller: Caller, versionId: string) {
  const version = await db.version.findFirst({
    where: { id: versionId, orgId: { in: orgIdsOf(caller) } },
    include: { environment: true },
  });
  if (!version) throw notFound('version');
  return version;
}

export function versionScope(version: Awaited<ReturnType<typeof findVersion>>) {
  return scopeWithin(version.environment, 'version', version.id, version.name);
}
