import { wrap, type Remote } from 'comlink';
import { CompilerError } from './errors';
import type { Envelope } from './operations';
import type { StagesWorker } from './stages.worker';
import type { TryAnswer, TryRequest } from './types';

/** How long stages may take over some sample records, the loading of their package included. */
const TIMEOUT_MS = 15_000;

interface Running {
  worker: Worker;
  remote: Remote<StagesWorker>;
  /** Rejects when the worker's script can't be loaded. */
  broken: Promise<never>;
}

/**
 * Runs stages over sample records, in a worker of their own.
 *
 * The package with the code of the stages loads with the first call. A trap or a hang ends the
 * worker, and the next call starts another, so nothing that is tried here can stop the compiler.
 */
export class StageRunner {
  readonly #timeoutMs: number;
  #running: Running | null = null;

  constructor(timeoutMs: number = TIMEOUT_MS) {
    this.#timeoutMs = timeoutMs;
  }

  /** What becomes of the records; rejects with a {@link CompilerError} and nothing else. */
  async run(request: TryRequest): Promise<TryAnswer> {
    this.#running ??= start();
    const { remote, broken } = this.#running;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        reject(new CompilerError('stages_timeout', 'The stages took too long over these records.'));
      }, this.#timeoutMs);
    });
    let json: string;
    try {
      json = await Promise.race([remote.run(JSON.stringify(request)), broken, late]);
    } catch (cause) {
      this.close();
      if (cause instanceof CompilerError) throw cause;
      throw new CompilerError(
        'stages_unavailable',
        `The code that runs stages can’t be used: ${cause instanceof Error ? cause.message : String(cause)}`,
      );
    } finally {
      clearTimeout(timer);
    }
    const envelope = JSON.parse(json) as Envelope;
    if (envelope.ok) return envelope.value as TryAnswer;
    const { code, message, args } = envelope.error;
    throw new CompilerError(code, message, args);
  }

  /** Ends the worker; the next call starts another. */
  close(): void {
    this.#running?.worker.terminate();
    this.#running = null;
  }
}

function start(): Running {
  const worker = new Worker(new URL('./stages.worker.ts', import.meta.url), {
    type: 'module',
    name: 'byteor-stages',
  });
  const broken = new Promise<never>((_, reject) => {
    worker.addEventListener('error', (event) => {
      reject(new Error(event.message || 'The worker script could not be loaded.'));
    });
  });
  // Nobody may be waiting when it happens; the next call is told.
  broken.catch(() => undefined);
  return { worker, remote: wrap<StagesWorker>(worker), broken };
}
