/** Assembles and signs a deploy bundle. The same inputs give the same bytes. */
import {
  dsseEnvelope,
  manifestPayload,
  MANIFEST_TYPE,
  preAuthEncoding,
} from '../domain/credentials/manifest.ts';
import { keySetText, type KeySet } from '../domain/credentials/key-set.ts';
import { sha256 } from '../domain/digests/sha256.ts';
import { tarOf, type Member } from './tar.ts';

interface BundleParts {
  deploymentId: string;
  orgId: string;
  environmentId: string;
  slot: string;
  agentIds: readonly string[];
  epoch: number;
  createdAt: Date;
  expiresAt: Date;
  specKv: string;
  specHash: string;
  configText: string;
  configDigest: string;
  statementText: string;
  deploymentDigest: string;
  credential: string;
  keySet: KeySet;
  /** Key that signs the manifest. */
  kid: string;
}

interface DeployBundle {
  bytes: Buffer;
  /** `sha256:…` of the archive; what agents are told to fetch. */
  hash: string;
}

/** A member's text isn't what the database says it is: damage, never a user's mistake. */
class BundleInconsistent extends Error {}

export async function assembleBundle(
  parts: BundleParts,
  sign: (bytes: Uint8Array) => Promise<Uint8Array>,
): Promise<DeployBundle> {
  const expect = (what: string, text: string, digest: string): void => {
    if (sha256(text) !== digest)
      throw new BundleInconsistent(`${what} is not what its digest says`);
  };
  expect('spec.kv', parts.specKv, parts.specHash);
  expect('runtime_config.txt', parts.configText, parts.configDigest);
  expect('deployment.kv', parts.statementText, parts.deploymentDigest);

  const member = (name: string, text: string): Member => ({ name, bytes: Buffer.from(text) });
  const members = [
    member('approval.cred', parts.credential),
    member('deployment.kv', parts.statementText),
    member('runtime_config.txt', parts.configText),
    member('signing_keys.json', keySetText(parts.keySet)),
    member('spec.kv', parts.specKv),
  ];
  const payload = manifestPayload({
    ...parts,
    files: members.map(({ name, bytes }) => ({ name, sha256: sha256(bytes), size: bytes.length })),
  });
  const signature = await sign(preAuthEncoding(MANIFEST_TYPE, Buffer.from(payload)));
  const bytes = await tarOf([
    ...members,
    member('manifest.dsse.json', dsseEnvelope(MANIFEST_TYPE, payload, parts.kid, signature)),
  ]);
  return { bytes, hash: sha256(bytes) };
}
