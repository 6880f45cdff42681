import { notFound } from '../errors.ts';
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
  const object = await services.objects.stream(deployBundleKey(agent.orgId, hash));
  if (!object) {
    throw new Error(
      `deploy bundle ${hash} of deployment ${deploymentId} is gone from the object store`,
    );
  }
  return { ...object, hash };
}
