import { sha256 } from '../domain/digests/sha256.ts';
import { ByteorError, notFound } from '../errors.ts';
import { deployBundleKey } from '../providers/object-store.ts';
import type { Services } from '../services.ts';
import type { AuthenticatedAgent } from './authenticate.ts';
import { findPart, isId } from './report.ts';

/** The signed deploy bundle of a deployment that this agent takes part in. */
export async function readBundle(
  services: Services,
  agent: AuthenticatedAgent,
  deploymentId: string,
) {
  const db = services.database.client;
  const part = isId(deploymentId) ? await findPart(db, agent, deploymentId) : null;
  const hash = part?.deployment.bundleHash;
  // Not before its step of the rollout has come.
  if (!part?.desired || !hash) throw notFound('deployment');
  const bytes = await services.objects.get(deployBundleKey(agent.orgId, hash));
  if (!bytes) {
    throw new Error(
      `deploy bundle ${hash} of deployment ${deploymentId} is gone from the object store`,
    );
  }
  // Whoever holds the object store may have put another one there; the agent would refuse it, too.
  if (sha256(bytes) !== hash) {
    throw new ByteorError(
      503,
      'deploy_bundle_damaged',
      'The stored bundle is not the one that was signed.',
      { help: 'Look at the object store; ask for the deployment again.', args: { hash } },
    );
  }
  return { bytes, hash };
}
