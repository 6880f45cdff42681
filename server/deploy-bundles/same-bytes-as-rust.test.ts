/**
 * What the server signs is what the agent's Rust verifies: both make the same bytes from the same
 * seeds. The vectors are written by crates/byteor-policy/tests/vectors.rs.
 */
import { createPrivateKey, sign, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { keySetDigest, keySetText, type KeySet } from '../domain/credentials/key-set.ts';
import { credentialPayload, encodeCredential } from '../domain/credentials/payload.ts';
import { sha256 } from '../domain/digests/sha256.ts';
import type { ApproverRole } from '../domain/approvals/rules.ts';
import type { Posture } from '../domain/environments/policy.ts';
import type { SessionMethod } from '../domain/identity/sessions.ts';
import { assembleBundle } from './assemble.ts';

interface Vectors {
  approval_seed_hex: string;
  manifest_seed_hex: string;
  key_set: KeySet;
  key_set_canonical: string;
  key_set_digest: string;
  spec_kv: string;
  spec_hash: string;
  runtime_config: string;
  config_digest: string;
  deployment_kv: string;
  deployment_digest: string;
  credential_payload: string;
  credential: string;
  manifest_payload: string;
  bundle_hash: string;
  bundle_base64: string;
}

const vectors = JSON.parse(
  readFileSync(
    new URL('../../crates/byteor-policy/tests/vectors/deploy-bundle.json', import.meta.url),
    'utf8',
  ),
) as Vectors;

/** PKCS #8 of an Ed25519 seed: a fixed head, then the 32 bytes. */
function privateKey(seedHex: string): KeyObject {
  const der = Buffer.from(`302e020100300506032b657004220420${seedHex}`, 'hex');
  return createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
}

const at = (seconds: number): Date => new Date(seconds * 1000);

test('digests are over the same bytes', () => {
  expect(sha256(vectors.spec_kv)).toBe(vectors.spec_hash);
  expect(sha256(vectors.runtime_config)).toBe(vectors.config_digest);
  expect(sha256(vectors.deployment_kv)).toBe(vectors.deployment_digest);
});

test('a key set has the same canonical text and digest', () => {
  expect(keySetText(vectors.key_set)).toBe(vectors.key_set_canonical);
  expect(keySetDigest(vectors.key_set)).toBe(vectors.key_set_digest);
});

interface PersonProof {
  user_id: string;
  method: SessionMethod;
  proven: boolean;
}
const presence = ({ user_id, method, proven }: PersonProof) => ({
  userId: user_id,
  method,
  shownTo: proven ? [] : ['somebody'],
});

test('a credential has the same payload and signature', () => {
  const claims = JSON.parse(vectors.credential_payload) as {
    kid: string;
    org_id: string;
    project_id: string;
    environment_id: string;
    environment_posture: Posture;
    spec_hash: string;
    capabilities: string[];
    deployment_digest: string;
    issued_at: number;
    expires_at: number;
    issued_by: string;
    approval_id: string;
    requested_by: PersonProof;
    approved_by: (PersonProof & { role: ApproverRole; at: number })[];
    break_glass: boolean;
  };
  const payload = credentialPayload({
    kid: claims.kid,
    orgId: claims.org_id,
    projectId: claims.project_id,
    environmentId: claims.environment_id,
    posture: claims.environment_posture,
    specHash: claims.spec_hash,
    capabilities: claims.capabilities,
    deploymentDigest: claims.deployment_digest,
    issuedAt: at(claims.issued_at),
    expiresAt: at(claims.expires_at),
    issuedBy: claims.issued_by,
    approvalId: claims.approval_id,
    requestedBy: presence(claims.requested_by),
    // In another order than they come out.
    approvedBy: claims.approved_by
      .map((person) => ({ ...presence(person), role: person.role, at: at(person.at) }))
      .reverse(),
    breakGlass: claims.break_glass,
  });
  expect(payload).toBe(vectors.credential_payload);
  const signature = sign(null, Buffer.from(payload), privateKey(vectors.approval_seed_hex));
  expect(encodeCredential(payload, signature)).toBe(vectors.credential);
});

test('a deploy bundle is the same archive, byte for byte', async () => {
  const manifest = JSON.parse(vectors.manifest_payload) as {
    deployment_id: string;
    org_id: string;
    environment_id: string;
    slot: string;
    agent_ids: string[];
    epoch: number;
    created_at: number;
    expires_at: number;
  };
  const bundle = await assembleBundle(
    {
      deploymentId: manifest.deployment_id,
      orgId: manifest.org_id,
      environmentId: manifest.environment_id,
      slot: manifest.slot,
      agentIds: manifest.agent_ids,
      epoch: manifest.epoch,
      createdAt: at(manifest.created_at),
      expiresAt: at(manifest.expires_at),
      specKv: vectors.spec_kv,
      specHash: vectors.spec_hash,
      configText: vectors.runtime_config,
      configDigest: vectors.config_digest,
      statementText: vectors.deployment_kv,
      deploymentDigest: vectors.deployment_digest,
      credential: vectors.credential,
      keySet: vectors.key_set,
      kid: 'manifest-1',
    },
    async (bytes) => sign(null, bytes, privateKey(vectors.manifest_seed_hex)),
  );
  expect(bundle.hash).toBe(vectors.bundle_hash);
  expect(bundle.bytes.toString('base64')).toBe(vectors.bundle_base64);
});
