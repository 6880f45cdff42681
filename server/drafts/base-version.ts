import { authorsOfVersion } from '../authors.ts';
import { notFound } from '../errors.ts';
import { versionColumns } from '../lineage.ts';
import type { Db } from '../providers/database.ts';

type BaseVersion = Parameters<typeof authorsOfVersion>[1];

/** The version that an environment gave a number. */
export async function versionOf(
  db: Db,
  environment: { id: string; orgId: string },
  number: number,
): Promise<BaseVersion> {
  const version = await db.version.findFirst({
    where: { orgId: environment.orgId, environmentId: environment.id, number },
    select: versionColumns,
  });
  if (!version) throw notFound('version');
  return version;
}

/** Who wrote a draft that these wrote, and that is based on a version: whoever wrote that, too. */
export async function writersWith(
  db: Db,
  base: BaseVersion | null,
  ...writers: string[]
): Promise<Set<string>> {
  return new Set([...writers, ...(base ? await authorsOfVersion(db, base) : [])]);
}
