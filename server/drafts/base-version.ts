import { notFound } from '../errors.ts';
import type { Db } from '../providers/database.ts';

/** The version that has a number in an environment. */
export async function versionOf(
  db: Db,
  environment: { id: string; orgId: string },
  number: number,
): Promise<{ id: string }> {
  const version = await db.version.findFirst({
    where: { orgId: environment.orgId, environmentId: environment.id, number },
    select: { id: true },
  });
  if (!version) throw notFound('version');
  return version;
}
