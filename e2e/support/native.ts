import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { promisify } from 'node:util';

const root = new URL('../..', import.meta.url).pathname;
const run = promisify(execFile);

/** Where cargo leaves it (scripts/native.mjs). */
const folder = process.env['BYTEOR_NATIVE_PROFILE'] === 'test' ? 'debug' : 'release';

let built: Promise<string> | undefined;

/**
 * The binary, as `npm run byteor` leaves it. Built once: npm and cargo, which would find each time that
 * nothing changed, take a hundred times as long as the compiler.
 */
function binary(): Promise<string> {
  built ??= run('npm', ['run', '-s', 'byteor', '--', '--version'], { cwd: root }).then(() =>
    join(process.env['CARGO_TARGET_DIR'] ?? join(root, 'target'), folder, 'byteor-runtime'),
  );
  return built;
}

/** The canonical KV of the native compiler, or null where it refuses the plan. */
export async function lower(plan: string, target: string): Promise<string | null> {
  const program = await binary();
  try {
    const { stdout } = await run(program, ['lower', plan, `--target=${target}`], { cwd: root });
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
