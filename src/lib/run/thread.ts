import { wrap, type Remote } from 'comlink';
import { CompilerError, type Envelope } from '$lib/compiler';
import type { RunWorker } from './run.worker';

interface Running {
  worker: Worker;
  remote: Remote<RunWorker>;
  /** Rejects when the worker's script can't be loaded. */
  broken: Promise<never>;
}

/**
 * A worker with the stepping executor in it, which loads with the first call.
 *
 * A trap or a call that takes too long ends the worker, and the next call starts another; a run that
 * was open in it is gone then.
 */
export class RunThread {
  readonly #name: string;
  #running: Running | null = null;

  constructor(name: string) {
    this.#name = name;
  }

  /** Calls the worker; rejects with a {@link CompilerError} and nothing else. */
  async call<T>(use: (remote: Remote<RunWorker>) => Promise<T>, timeoutMs = 30_000): Promise<T> {
    const running = (this.#running ??= start(this.#name));
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        reject(new CompilerError('run_timeout', 'The run took too long, and was ended.'));
      }, timeoutMs);
    });
    try {
      return await Promise.race([use(running.remote), running.broken, late]);
    } catch (cause) {
      if (typeof cause === 'string') valueOf(cause);
      if (this.#running === running) this.close();
      if (cause instanceof CompilerError) throw cause;
      throw new CompilerError(
        'run_unavailable',
        `The code that runs pipelines stopped: ${cause instanceof Error ? cause.message : String(cause)}`,
      );
    } finally {
      clearTimeout(timer);
    }
  }

  /** Ends the worker; the next call starts another. */
  close(): void {
    this.#running?.worker.terminate();
    this.#running = null;
  }
}

/** The value of an envelope; throws the error that it holds as a {@link CompilerError}. */
export function valueOf(json: string): unknown {
  const envelope = JSON.parse(json) as Envelope;
  if (envelope.ok) return envelope.value;
  const { code, message, args } = envelope.error;
  throw new CompilerError(code, message, args);
}

function start(name: string): Running {
  const worker = new Worker(new URL('./run.worker.ts', import.meta.url), { type: 'module', name });
  const broken = new Promise<never>((_, reject) => {
    worker.addEventListener('error', (event) => {
      reject(new Error(event.message || 'the worker script could not be loaded'));
    });
  });
  // Nobody may be waiting when it happens; the next call is told.
  broken.catch(() => undefined);
  return { worker, remote: wrap<RunWorker>(worker), broken };
}
