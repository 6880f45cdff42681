import { releaseProxy, wrap } from 'comlink';
import type { CompilerConnection, WorkerAnswer } from './client';
import type { CompilerWorker } from './compiler.worker';
import { PageCompile } from './in-page';
import { packageOf, type CompilerPackage } from './operations';

/** The core once more, in the page; it has its own instance and memory. */
async function loadInPage(): Promise<(request: string) => string> {
  const [{ default: init, compile }, { default: url }] = await Promise.all([
    import('../../../wasm/pkg/byteor_pipeline_wasm.js'),
    import('../../../wasm/pkg/byteor_pipeline_wasm_bg.wasm?url'),
  ]);
  await init({ module_or_path: url });
  return compile;
}

/** One for the page's life: an instance that trapped isn't tried again, whoever asks. */
const inPage = new PageCompile({ load: loadInPage });

/**
 * Starts the WebAssembly compiler in web workers: one with the core package, so that a keystroke never
 * waits behind another question, and one for the other packages, which starts with the first of them.
 * What single keys make is compiled in the page, where that is quick.
 */
export function connectToWorker(page: PageCompile = inPage): CompilerConnection {
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
      if (operation === 'compile') {
        const answer = page.answer(request);
        if (answer) return Promise.resolve(answer);
        return compiles.call(operation, request).then((answer) => {
          if (answer.kind === 'answered') page.workerAnswered(request, answer.tookMs ?? Infinity);
          else page.workerFailed();
          return answer;
        });
      }
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
