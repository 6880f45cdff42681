import { createHash } from 'node:crypto';

/** `sha256:` and lower-case hex, the form of every digest and hash in ByteOr (S6). */
export function sha256(bytes: string | Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}
