import { releaseProxy, wrap } from 'comlink';
import type { CompilerConnection, WorkerAnswer } from './client';
import type { CompilerWorker } from './compiler.worker';
import { packageOf, type CompilerPackage } from './operations';

/**
 * Starts the WebAssembly compiler in web workers: one with the core package, so that a keystroke never
 * waits behind another question, and one for the other packages, which starts with the first of them.
 */
export function connectToWorker(): CompilerConnection {
  const compiles = startThread(
    new Worker(new URL('./compiler.worker.ts', import.meta.url), {
      type: 'module',
      name: 'byteor-compiler',
    }),
    'core',
  );
  let others: CompilerThread | null = null;
  return {
    start: () => compiles.started,
    call(operation, request) {
      if (packageOf[operation] === 'core') return compiles.call(operation, request);
      if (!others) {
        const thread = startThread(
          new Worker(new URL('./compiler.worker.ts', import.meta.url), {
            type: 'module',
            name: 'byteor-language',
          }),
          null,
        );
        others = thread;
        thread.started.catch(() => {
          thread.close();
          others = null; // The next question tries again.
        });
      }
      const { call, started } = others;
      return Promise.all([call(operation, request), started]).then(
        ([answer]) => answer,
        (cause: unknown): WorkerAnswer => ({
          kind: 'missing',
          message: cause instanceof Error ? cause.message : String(cause),
        }),
      );
    },
    close() {
      compiles.close();
      others?.close();
    },
  };
}

interface CompilerThread {
  /** Ends when the script runs and has its first package; rejects where they can't be had. */
  started: Promise<void>;
  call: CompilerConnection['call'];
  close(): void;
}

function startThread(worker: Worker, first: CompilerPackage | null): CompilerThread {
  const remote = wrap<CompilerWorker>(worker);
  return {
    started: new Promise((resolve, reject) => {
      // A module worker whose script can't be loaded says so here and nowhere else.
      worker.addEventListener('error', (event) => {
        reject(new Error(event.message || 'The worker script could not be loaded.'));
      });
      remote.start(first).then(resolve, reject);
    }),
    call: (operation, request) => remote.call(operation, request),
    close() {
      remote[releaseProxy]();
      worker.terminate();
    },
  };
}
