/**
 * A request to try connections: a DSSE envelope of a type of its own, signed by the key of manifests
 * (docs/spec/agent-protocol.md). What is signed as one never stands for the other.
 */
import { canonicalJson } from '../digests/canonical-json.ts';
import { unixSeconds } from './payload.ts';

export const TRIAL_TYPE = 'application/vnd.byteor.connection-trial.v1+json';

/** The version that is asked for. */
export const TRIAL_VERSION = 1;

interface TrialClaims {
  trialId: string;
  agentId: string;
  orgId: string;
  projectId: string;
  environmentId: string;
  specKv: string;
  configText: string;
  createdAt: Date;
  expiresAt: Date;
}

/** The request's exact text: canonical JSON, times in unix seconds. */
export function trialPayload(claims: TrialClaims): string {
  return canonicalJson({
    v: TRIAL_VERSION,
    trial_id: claims.trialId,
    agent_id: claims.agentId,
    org_id: claims.orgId,
    project_id: claims.projectId,
    environment_id: claims.environmentId,
    spec: claims.specKv,
    config: claims.configText,
    created_at: unixSeconds(claims.createdAt),
    expires_at: unixSeconds(claims.expiresAt),
  });
}
