import { sha256 } from '../domain/digests/sha256.ts';
import { recordAudit } from '../audit/record.ts';
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
  const bytes = await services.objects.get(deployBundleKey(agent.orgId, hash));
  if (!bytes) {
    throw new Error(
      `deploy bundle ${hash} of deployment ${deploymentId} is gone from the object store`,
    );
  }
  // Whoever holds the object store may have put another one there. The agent refuses it and says so,
  // which ends the deployment; the control plane's own word on it stands in the audit.
  if (sha256(bytes) !== hash) {
    await recordAudit(db, services.clock.now(), {
      orgId: agent.orgId,
      projectId: agent.environment.projectId,
      environmentId: agent.environmentId,
      actor: { kind: 'agent', id: agent.id, name: agent.name },
      action: 'deploy_bundle.fetch',
      outcome: 'denied',
      resource: { kind: 'deployment', id: deploymentId, name: part.deployment.slot },
      detail: { code: 'deploy_bundle_damaged', announced: hash, stored: sha256(bytes) },
    });
  }
  return { bytes, hash };
}
