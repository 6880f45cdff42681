// Running child processes: quietly with the output kept, or with the terminal handed over.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { childEnv, root } from './project.mjs';

const running = new Set();

/**
 * Ends everything that `capture` started and that still runs, with all its descendants. Not asked but
 * killed: npm finishes an installation before it heeds a signal, and a half-done step is done anew.
 */
function endAll() {
  for (const child of running) {
    if (child.pid === undefined) continue;
    try {
      process.kill(-child.pid, 'SIGKILL');
    } catch (error) {
      if (error.code !== 'ESRCH') throw error;
    }
  }
}
process.on('exit', endAll);

/**
 * Runs a command, keeping its output. Never rejects for a non-zero exit: the caller decides.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{
 *   env?: Record<string, string>, cwd?: string,
 *   timeoutMs?: number, onLine?: (line: string) => void,
 * }} [options]
 * @returns {Promise<{
 *   code: number, signal: NodeJS.Signals | null,
 *   output: string, stdout: string, timedOut: boolean,
 * }>}
 */
export function capture(command, args, { env = {}, cwd = root, timeoutMs, onLine } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      env: childEnv(env),
      stdio: ['ignore', 'pipe', 'pipe'],
      // A process group of its own, so that `endAll` reaches what the command started itself.
      detached: true,
    });
    running.add(child);
    let output = '';
    let stdout = '';
    let rest = '';
    let timedOut = false;
    const timer = timeoutMs
      ? setTimeout(() => {
          timedOut = true;
          child.kill('SIGKILL');
        }, timeoutMs)
      : undefined;
    // Decoded by the stream: a chunk may end in the middle of a character.
    child.stdout.setEncoding('utf8');
    child.stderr.setEncoding('utf8');
    /**
     * @param {string} text
     * @param {boolean} out
     */
    const take = (text, out) => {
      output += text;
      if (out) stdout += text;
      if (!onLine) return;
      rest += text;
      const lines = rest.split('\n');
      rest = lines.pop() ?? '';
      lines.forEach(onLine);
    };
    child.stdout.on('data', (chunk) => take(chunk, true));
    child.stderr.on('data', (chunk) => take(chunk, false));
    child.on('error', (error) => {
      running.delete(child);
      clearTimeout(timer);
      reject(error);
    });
    child.on('close', (code, signal) => {
      running.delete(child);
      clearTimeout(timer);
      resolve({ code: code ?? 1, signal, stdout, output, timedOut });
    });
  });
}

/**
 * Runs a command and throws with its output when it fails.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {Parameters<typeof capture>[2]} options
 */
export async function must(command, args, options = {}) {
  const result = await capture(command, args, options);
  if (result.code !== 0) {
    const why = result.timedOut ? 'ran out of time' : `ended with ${result.signal ?? result.code}`;
    throw new Error(`${command} ${args.join(' ')} ${why}\n${result.output}`);
  }
  return result;
}

/**
 * Path of an example of the workspace, built as `cargo test --workspace` builds it: `cargo run --package` has
 * other features, and builds what it needs of the workspace a second time.
 *
 * @param {string} name
 */
export async function builtExample(name) {
  await must('cargo', ['build', '--quiet', '--locked', '--workspace', '--example', name]);
  return join(process.env.CARGO_TARGET_DIR ?? join(root, 'target'), 'debug', 'examples', name);
}

/**
 * True when the command can be started and ends well.
 *
 * @param {string} command
 */
export async function works(command, args = ['--version']) {
  try {
    return (await capture(command, args)).code === 0;
  } catch {
    return false;
  }
}

/** @param {number} from As `performance.now()` said. */
export const seconds = (from) => `${((performance.now() - from) / 1000).toFixed(1)} s`;
