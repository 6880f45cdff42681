/** The organization's public keys, as agents keep them and bundles carry them. */
import { canonicalJson } from '../digests/canonical-json.ts';
import { sha256 } from '../digests/sha256.ts';

export type KeyPurpose = 'approval' | 'manifest';
export type KeyState = 'active' | 'retired' | 'revoked';

interface PublicKeyEntry {
  kid: string;
  purpose: KeyPurpose;
  /** base64url of the raw 32 bytes, without padding */
  publicKey: string;
  state: KeyState;
}

export interface KeySet {
  v: 1;
  org_id: string;
  keys: { kid: string; alg: 'Ed25519'; purpose: KeyPurpose; public_key: string; state: KeyState }[];
}

export function keySet(orgId: string, keys: readonly PublicKeyEntry[]): KeySet {
  return {
    v: 1,
    org_id: orgId,
    keys: [...keys]
      .sort((a, b) => (a.kid < b.kid ? -1 : 1))
      .map((key) => ({
        kid: key.kid,
        alg: 'Ed25519',
        purpose: key.purpose,
        public_key: key.publicKey,
        state: key.state,
      })),
  };
}

/** `signing_keys.json`, byte for byte. */
export function keySetText(set: KeySet): string {
  return canonicalJson({ v: set.v, org_id: set.org_id, keys: set.keys.map((key) => ({ ...key })) });
}

export function keySetDigest(set: KeySet): string {
  return sha256(keySetText(set));
}
