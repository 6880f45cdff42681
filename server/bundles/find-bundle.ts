import { scopeWithin } from '../scopes.ts';
import { orgIdsOf, sees, type Caller } from '../caller.ts';
import { notFound } from '../errors.ts';
import type { Db } from '../providers/database.ts';

/** A config bundle with its environment, among what the caller may see. */
export async function findBundle(db: Db, caller: Caller, bundleId: string) {
  const bundle = await db.configBundle.findFirst({
    where: { id: bundleId, orgId: { in: orgIdsOf(caller) } },
    include: { environment: true, version: { select: { number: true, name: true, specKv: true } } },
  });
  if (!bundle || !sees(caller, bundle.environment)) throw notFound('bundle');
  return bundle;
}

export function bundleScope(bundle: Awaited<ReturnType<typeof findBundle>>) {
  return scopeWithin(bundle.environment, 'bundle', bundle.id, bundle.name);
}
