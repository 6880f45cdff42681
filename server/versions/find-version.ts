import { scopeWithin } from '../scopes.ts';
import { orgIdsOf, sees, type Caller } from '../caller.ts';
import { notFound } from '../errors.ts';
import type { Db } from '../providers/database.ts';

/** A version with its environment, among what the caller may see. */
export async function findVersion(db: Db, caller: Caller, versionId: string) {
  const version = await db.version.findFirst({
    where: { id: versionId, orgId: { in: orgIdsOf(caller) } },
    include: { environment: true },
  });
  if (!version || !sees(caller, version.environment)) throw notFound('version');
  return version;
}

export function versionScope(version: Awaited<ReturnType<typeof findVersion>>) {
  return scopeWithin(version.environment, 'version', version.id, version.name);
}
