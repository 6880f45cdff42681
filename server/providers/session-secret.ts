/** The secret that signs session cookies: derived, so that processes that share the key agree on it. */
import { hkdfSync } from 'node:crypto';

export function sessionSecret(keyEncryptionKey: Buffer): string {
  const derived = hkdfSync('sha256', keyEncryptionKey, '', 'byteor session cookies v1', 32);
  return Buffer.from(derived).toString('base64url');
}
