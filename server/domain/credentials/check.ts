/**
 * A credential before it goes into a bundle. It was signed here once; since then it lay in a row, and
 * a row can be swapped by whoever holds the database. An agent would refuse it, and so does the build.
 */
import { createPublicKey, verify } from 'node:crypto';
import type { KeySet } from './key-set.ts';

type CredentialRefusal = 'credential_forged' | 'credential_other_deployment';

/** Head of an Ed25519 public key's SubjectPublicKeyInfo; the 32 bytes follow. */
const SPKI = Buffer.from('302a300506032b6570032100', 'hex');

/** Why a credential isn't the one of this deployment, or null. */
export function refuseCredential(
  credential: string,
  keys: KeySet,
  deploymentDigest: string,
): CredentialRefusal | null {
  const [payload = '', signature = ''] = credential.split('.');
  const bytes = Buffer.from(payload, 'base64url');
  const claims = claimsIn(bytes);
  const key = keys.keys.find(
    ({ kid, purpose, state }) =>
      kid === claims['kid'] && purpose === 'approval' && state !== 'revoked',
  );
  const signed =
    key !== undefined &&
    verify(
      null,
      bytes,
      createPublicKey({
        key: Buffer.concat([SPKI, Buffer.from(key.public_key, 'base64url')]),
        format: 'der',
        type: 'spki',
      }),
      Buffer.from(signature, 'base64url'),
    );
  if (!signed) return 'credential_forged';
  return claims['deployment_digest'] === deploymentDigest ? null : 'credential_other_deployment';
}

function claimsIn(bytes: Buffer): Record<string, unknown> {
  try {
    const claims: unknown = JSON.parse(bytes.toString());
    return typeof claims === 'object' && claims !== null ? { ...claims } : {};
  } catch {
    // Not even JSON: nobody's signature will be over it.
    return {};
  }
}
