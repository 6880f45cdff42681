/** The secret that signs session cookies: 32 random bytes in the data folder. */
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export function sessionSecret(dataDir: string): string {
  const path = join(dataDir, 'session.key');
  try {
    writeFileSync(path, randomBytes(32).toString('base64url'), {
      flag: 'wx',
      mode: 0o600,
      flush: true,
    });
  } catch (error) {
    if (!(error instanceof Error && (error as NodeJS.ErrnoException).code === 'EEXIST'))
      throw error;
  }
  return readFileSync(path, 'utf8').trim();
}
