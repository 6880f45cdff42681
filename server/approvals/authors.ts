import type { Db } from '../providers/database.ts';
import { authorsOfVersion } from '../authors.ts';

interface Written {
  orgId: string;
  version: { id: string; createdBy: string; promotedFrom: string | null; draftId: string | null };
  bundle: { createdBy: string; updatedBy: string };
}

/** Who wrote what a deployment runs: its config bundle, its version, and what that was made from. */
export async function authorsOf(db: Db, { orgId, version, bundle }: Written): Promise<string[]> {
  const authors = await authorsOfVersion(db, { ...version, orgId });
  return [...authors.add(bundle.createdBy).add(bundle.updatedBy)];
}
