/** `objects_remove`: deploy bundles whose rows are gone. May be interrupted anywhere and run again. */
import { deployBundleKey } from '../providers/object-store.ts';
import type { Services } from '../services.ts';
import type { JobPayloads } from './queue.ts';

export async function removeObjects(
  { database, objects }: Services,
  { orgId, bundleHashes }: JobPayloads['objects_remove'],
): Promise<void> {
  for (const bundleHash of bundleHashes) {
    const named = await database.client.deployment.count({ where: { orgId, bundleHash } });
    if (named === 0) await objects.remove(deployBundleKey(orgId, bundleHash));
  }
}
