import { releaseProxy, wrap } from 'comlink';
import type { CompilerConnection } from './client';
import type { CompilerWorker } from './compiler.worker';

/** Starts a web worker with the WebAssembly compiler in it. */
export function connectToWorker(): CompilerConnection {
  const worker = new Worker(new URL('./compiler.worker.ts', import.meta.url), {
    type: 'module',
    name: 'byteor-compiler',
  });
  const remote = wrap<CompilerWorker>(worker);
  return {
    start: () =>
      new Promise((resolve, reject) => {
        // A module worker whose script can't be loaded says so here and nowhere else.
        worker.addEventListener('error', (event) => {
          reject(new Error(event.message || 'The worker script could not be loaded.'));
        });
        remote.start().then(resolve, reject);
      }),
    call: (operation, request) => remote.call(operation, request),
    close: () => {
      remote[releaseProxy]();
      worker.terminate();
    },
  };
}
