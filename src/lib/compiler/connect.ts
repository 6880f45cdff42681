import type { CompilerConnection, WorkerAnswer } from './client';
import type { WorkerMessage, WorkerQuestion } from './messages';
import type { CompilerOperation } from './operations';

/** What every keystroke waits for, and what is asked before the first one: the core package. */
const first: ReadonlySet<CompilerOperation> = new Set(['compile', 'info']);

/**
 * Starts the WebAssembly compiler in web workers: one that compiles, so that a keystroke never waits
 * behind another question, and one for the others, which starts with the first of them.
 */
export function connectToWorker(): CompilerConnection {
  const compiles = new CompilerThread(
    new Worker(new URL('./compiler.worker.ts', import.meta.url), {
      type: 'module',
      name: 'byteor-compiler',
    }),
  );
  let others: { thread: CompilerThread; started: Promise<unknown> } | null = null;
  return {
    start: () => compiles.ask({ operation: 'start' }).then(() => undefined),
    call(operation, request) {
      if (first.has(operation)) return compiles.call(operation, request);
      if (!others) {
        const thread = new CompilerThread(
          new Worker(new URL('./compiler.worker.ts', import.meta.url), {
            type: 'module',
            name: 'byteor-language',
          }),
        );
        others = { thread, started: thread.ask({ operation: 'start' }) };
        others.started.catch(() => {
          thread.close();
          others = null; // The next question tries again.
        });
      }
      const { thread, started } = others;
      // The start was asked first, so a worker that runs answers both in their order.
      const answer = thread.call(operation, request);
      return Promise.all([answer, started]).then(
        ([said]) => said,
        (cause: unknown): WorkerAnswer => ({
          kind: 'missing',
          message: cause instanceof Error ? cause.message : String(cause),
        }),
      );
    },
    close() {
      compiles.close();
      others?.thread.close();
    },
  };
}

type Asked = WorkerQuestion extends infer Q ? (Q extends unknown ? Omit<Q, 'id'> : never) : never;

/** A worker, and who waits for what it says. */
class CompilerThread {
  readonly #worker: Worker;
  readonly #waiting = new Map<
    number,
    { resolve: (answer: WorkerAnswer | null) => void; reject: (cause: Error) => void }
  >();
  #asked = 0;
  /** Why the worker can't be used; null while it can. */
  #broken: Error | null = null;

  constructor(worker: Worker) {
    this.#worker = worker;
    this.#worker.addEventListener('message', ({ data }: MessageEvent<WorkerMessage>) => {
      const waiting = this.#waiting.get(data.id);
      this.#waiting.delete(data.id);
      if ('answer' in data) waiting?.resolve(data.answer);
      else waiting?.reject(new Error(data.failure));
    });
    // A module worker whose script can't be loaded says so here and nowhere else.
    this.#worker.addEventListener('error', (event) => {
      this.#broken = new Error(event.message || 'The worker script could not be loaded.');
      for (const { reject } of this.#waiting.values()) reject(this.#broken);
      this.#waiting.clear();
    });
  }

  ask(question: Asked): Promise<WorkerAnswer | null> {
    return new Promise((resolve, reject) => {
      if (this.#broken) {
        reject(this.#broken);
        return;
      }
      const id = ++this.#asked;
      this.#waiting.set(id, { resolve, reject });
      this.#worker.postMessage({ ...question, id });
    });
  }

  async call(operation: CompilerOperation, request: string): Promise<WorkerAnswer> {
    const answer = await this.ask({ operation, request });
    if (!answer) throw new Error('The worker said nothing.');
    return answer;
  }

  close(): void {
    this.#worker.terminate();
  }
}
