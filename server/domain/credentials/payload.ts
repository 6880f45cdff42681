/** Approval credential v1 (reference `enterprise.md` section 3), without its signature. */
import { canonicalJson } from '../digests/canonical-json.ts';
import type { Posture } from '../environments/policy.ts';

interface CredentialClaims {
  kid: string;
  orgId: string;
  projectId: string;
  environmentId: string;
  posture: Posture;
  specHash: string;
  capabilities: readonly string[];
  deploymentDigest: string;
  issuedAt: Date;
  expiresAt: Date;
  /** `user:<id>` or `policy:<name>` */
  issuedBy: string;
  approvalId: string;
}

/** Unix seconds, rounded down. */
export function unixSeconds(at: Date): number {
  return Math.floor(at.getTime() / 1000);
}

/** The payload's exact text: canonical JSON, times in unix seconds, capabilities sorted. */
export function credentialPayload(claims: CredentialClaims): string {
  return canonicalJson({
    v: 1,
    kid: claims.kid,
    org_id: claims.orgId,
    project_id: claims.projectId,
    environment_id: claims.environmentId,
    environment_posture: claims.posture,
    spec_hash: claims.specHash,
    capabilities: [...claims.capabilities].sort(),
    deployment_digest: claims.deploymentDigest,
    issued_at: unixSeconds(claims.issuedAt),
    expires_at: unixSeconds(claims.expiresAt),
    issued_by: claims.issuedBy,
    approval_id: claims.approvalId,
  });
}

/** `<payload>.<signature>`, both base64url without padding; the signature is over the payload's bytes. */
export function encodeCredential(payload: string, signature: Uint8Array): string {
  return `${Buffer.from(payload).toString('base64url')}.${Buffer.from(signature).toString('base64url')}`;
}
