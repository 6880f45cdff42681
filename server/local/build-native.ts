import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** Paths of the binaries that an agent needs. */
export interface NativeBinaries {
  agent: string;
  edgeplane: string;
}

/** The native build can't be had on this machine, or it failed. The message says what to do. */
export class NativeBuildError extends Error {
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.name = 'NativeBuildError';
    this.code = code;
  }
}

const script = fileURLToPath(new URL('../../scripts/native.mjs', import.meta.url));

/**
 * Builds the agent and the EdgePlane binary with cargo, in the background and with low priority.
 *
 * @param onProgress told the share of crates done, 0 to 100, and the crate that was finished last
 * @throws NativeBuildError `native_no_toolchain`, `native_unsupported_platform`, `native_build_failed`
 */
export async function buildNative(
  onProgress: (percent: number, name: string) => void,
  signal: AbortSignal,
): Promise<NativeBinaries> {
  signal.throwIfAborted();
  const child = spawn(process.execPath, [script, '--build'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  // Stopping waits for the child's end, so that no compiler outlives the server.
  const stop = () => child.kill('SIGTERM');
  signal.addEventListener('abort', stop, { once: true });
  const ended = new Promise<number>((resolve) => {
    child.on('error', () => resolve(127));
    child.on('exit', (code) => resolve(code ?? 1));
  });
  let binaries: Record<string, string> | undefined;
  let failure: NativeBuildError | undefined;
  for await (const line of createInterface({ input: child.stdout })) {
    const message = JSON.parse(line) as {
      done?: number;
      total?: number;
      name?: string;
      error?: string;
      message?: string;
      binaries?: Record<string, string>;
    };
    if (message.error) failure = new NativeBuildError(message.error, message.message ?? '');
    if (message.binaries) binaries = message.binaries;
    if (message.done !== undefined && message.total) {
      onProgress(Math.round((100 * message.done) / message.total), message.name ?? '');
    }
  }
  const code = await ended;
  signal.removeEventListener('abort', stop);
  if (failure) throw failure;
  const agent = binaries?.['byteor-agent'];
  const edgeplane = binaries?.['byteor-edgeplane'];
  if (code !== 0 || !agent || !edgeplane) {
    throw new NativeBuildError('native_build_failed', `The native build ended with ${code}.`);
  }
  return { agent, edgeplane };
}
