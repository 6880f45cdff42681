import type { Db } from '../providers/database.ts';
import { authorsOfVersions } from '../authors.ts';

interface Written {
  version: Parameters<typeof authorsOfVersions>[1][number];
  bundle: { createdBy: string; updatedBy: string; writers: readonly string[] };
}

/** Who wrote what deployments run: the config bundle, the version, and what that was made from. */
export async function authorsOf(
  db: Db,
  deployments: readonly Written[],
): Promise<(deployment: Written) => string[]> {
  const ofVersion = await authorsOfVersions(
    db,
    deployments.map(({ version }) => version),
  );
  return ({ version, bundle }) => [
    ...new Set([...ofVersion(version), bundle.createdBy, bundle.updatedBy, ...bundle.writers]),
  ];
}
