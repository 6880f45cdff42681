/**
 * Approval credential v2, without its signature: the fields of v1 (reference `enterprise.md`
 * section 3), and every person who stands behind it.
 */
import type { ApproverRole } from '../approvals/rules.ts';
import type { Presence } from '../approvals/second-person.ts';
import { canonicalJson } from '../digests/canonical-json.ts';
import type { Posture } from '../environments/policy.ts';
import { isProven } from '../identity/sessions.ts';

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
  requestedBy: Presence;
  /** Each person once; nobody where policy approves. */
  approvedBy: readonly (Presence & { role: ApproverRole; at: Date })[];
  /** One person decided alone, because the statement allowed it. */
  breakGlass: boolean;
}

/** Unix seconds, rounded down. */
export function unixSeconds(at: Date): number {
  return Math.floor(at.getTime() / 1000);
}

/** The payload's exact text: canonical JSON, times in unix seconds, capabilities sorted. */
export function credentialPayload(claims: CredentialClaims): string {
  return canonicalJson({
    v: 2,
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
    requested_by: proofOf(claims.requestedBy),
    approved_by: claims.approvedBy
      .map(({ role, at, ...person }) => ({ ...proofOf(person), role, at: unixSeconds(at) }))
      .sort((a, b) => (a.user_id < b.user_id ? -1 : 1)),
    break_glass: claims.breakGlass,
  });
}

const proofOf = (person: Presence) => ({
  user_id: person.userId,
  method: person.method,
  proven: isProven(person),
});

/** `<payload>.<signature>`, both base64url without padding; the signature is over the payload's bytes. */
export function encodeCredential(payload: string, signature: Uint8Array): string {
  return `${Buffer.from(payload).toString('base64url')}.${Buffer.from(signature).toString('base64url')}`;
}
