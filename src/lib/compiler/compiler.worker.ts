import { expose } from 'comlink';
import init, * as core from '../../../wasm/pkg/byteor_pipeline_wasm.js';
import coreUrl from '../../../wasm/pkg/byteor_pipeline_wasm_bg.wasm?url';
import bundleUrl from '../../../wasm/bundle/pkg/byteor_bundle_wasm_bg.wasm?url';
import languageUrl from '../../../wasm/language/pkg/byteor_language_wasm_bg.wasm?url';
import type { WorkerAnswer } from './client';
import { partsWith, webCrypto } from './parts';
import {
  packageOf,
  type CompilerOperation,
  type CompilerPackage,
  type OperationOf,
} from './operations';

type JsonFunction = (request: string) => string;
type Functions<Package extends CompilerPackage> = Record<OperationOf<Package>, JsonFunction>;

/** How each package loads. The code around the core is in the worker's script, so it comes first. */
const load = {
  async core(): Promise<Functions<'core'>> {
    await init({ module_or_path: coreUrl });
    return core;
  },
  async language(): Promise<Functions<'language'>> {
    const loaded = await import('../../../wasm/language/pkg/byteor_language_wasm.js');
    await loaded.default({ module_or_path: languageUrl });
    return loaded;
  },
  async bundle(): Promise<Functions<'bundle'>> {
    const loaded = await import('../../../wasm/bundle/pkg/byteor_bundle_wasm.js');
    await loaded.default({ module_or_path: bundleUrl });
    return loaded;
  },
};

type AnyFunctions = Partial<Record<CompilerOperation, JsonFunction>>;

const loaded: Partial<Record<CompilerPackage, AnyFunctions>> = {};
const loading = new Map<CompilerPackage, Promise<AnyFunctions>>();

/** Loads a package, once; one that could not be loaded is tried again by the next call. */
function fetched(name: CompilerPackage): Promise<AnyFunctions> {
  let found = loading.get(name);
  if (!found) {
    found = load[name]().then((all: AnyFunctions) => (loaded[name] = all));
    loading.set(name, found);
    found.catch(() => loading.delete(name));
  }
  return found;
}

const inParts = webCrypto && partsWith(webCrypto);

/** A compile, with the time that the compiler itself took: not what the answer waits for besides. */
function compiled(request: string): WorkerAnswer | Promise<WorkerAnswer> {
  const from = performance.now();
  const given = inParts ? core.compileParts(request) : core.compile(request);
  const tookMs = performance.now() - from;
  if (!inParts) return { kind: 'answered', json: given, tookMs };
  return inParts(given).then((answer) => ({ ...answer, tookMs }));
}

function run(
  all: AnyFunctions,
  operation: CompilerOperation,
  request: string,
): WorkerAnswer | Promise<WorkerAnswer> {
  try {
    if (operation === 'compile') return compiled(request);
    return { kind: 'answered', json: all[operation]!(request) };
  } catch (cause) {
    return { kind: 'trapped', message: cause instanceof Error ? cause.message : String(cause) };
  }
}

const worker = {
  /** Loads a package before its first operation is asked for; with none, says that the script runs. */
  async start(name: CompilerPackage | null): Promise<void> {
    if (name) await fetched(name);
  },

  /** Runs one operation. A trap leaves the instance unusable, so it is reported apart from answers. */
  call(operation: CompilerOperation, request: string): WorkerAnswer | Promise<WorkerAnswer> {
    const name = packageOf[operation];
    const there = loaded[name];
    if (there) return run(there, operation, request);
    return fetched(name).then(
      (all) => run(all, operation, request),
      (cause: unknown) => ({
        kind: 'missing',
        message: cause instanceof Error ? cause.message : String(cause),
      }),
    );
  },
};

export type CompilerWorker = typeof worker;

expose(worker);
