/** The deploy bundle's manifest, signed as a DSSE envelope: type and body together. */
import { canonicalJson } from '../digests/canonical-json.ts';
import { unixSeconds } from './payload.ts';

export const MANIFEST_TYPE = 'application/vnd.byteor.deploy-manifest.v1+json';

interface ManifestClaims {
  deploymentId: string;
  deploymentDigest: string;
  orgId: string;
  environmentId: string;
  slot: string;
  agentIds: readonly string[];
  epoch: number;
  createdAt: Date;
  expiresAt: Date;
  specHash: string;
  configDigest: string;
  files: readonly { name: string; sha256: string; size: number }[];
}

/** The manifest's exact text: canonical JSON, files sorted by name, agents sorted. */
export function manifestPayload(claims: ManifestClaims): string {
  return canonicalJson({
    v: 1,
    deployment_id: claims.deploymentId,
    deployment_digest: claims.deploymentDigest,
    org_id: claims.orgId,
    environment_id: claims.environmentId,
    slot: claims.slot,
    agent_ids: [...claims.agentIds].sort(),
    epoch: claims.epoch,
    created_at: unixSeconds(claims.createdAt),
    expires_at: unixSeconds(claims.expiresAt),
    spec_hash: claims.specHash,
    config_digest: claims.configDigest,
    files: [...claims.files].sort((a, b) => (a.name < b.name ? -1 : 1)),
  });
}

/** DSSE v1 pre-authentication encoding: what is signed. */
export function preAuthEncoding(type: string, body: Uint8Array): Buffer {
  const head = `DSSEv1 ${Buffer.byteLength(type)} ${type} ${body.length} `;
  return Buffer.concat([Buffer.from(head), body]);
}

/** The envelope as it lies in the bundle, or as an agent fetches it. */
export function dsseEnvelope(
  type: string,
  payload: string,
  kid: string,
  signature: Uint8Array,
): string {
  return canonicalJson({
    payloadType: type,
    payload: Buffer.from(payload).toString('base64'),
    signatures: [{ keyid: kid, sig: Buffer.from(signature).toString('base64') }],
  });
}
