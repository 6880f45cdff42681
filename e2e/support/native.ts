import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { promisify } from 'node:util';

const root = new URL('../..', import.meta.url).pathname;

/** The canonical KV of the native compiler, or null where it refuses the plan. */
export async function lower(plan: string, target: string): Promise<string | null> {
  try {
    const { stdout } = await promisify(execFile)(
      'npm',
      ['run', '-s', 'byteor', '--', 'lower', plan, `--target=${target}`],
      { cwd: root },
    );
    return stdout;
  } catch (error) {
    // Exit code 1 is the compiler's "no"; anything else is a failure of the test.
    if ((error as { code?: number }).code === 1) return null;
    throw error;
  }
}

/** The spec hash, computed here from the bytes alone: `sha256:` and SHA-256 of the KV in hex. */
export const specHash = (kv: string): string =>
  `sha256:${createHash('sha256').update(kv).digest('hex')}`;
