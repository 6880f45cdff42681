import init, * as core from '../../../wasm/pkg/byteor_pipeline_wasm.js';
import coreUrl from '../../../wasm/pkg/byteor_pipeline_wasm_bg.wasm?url';
import bundleUrl from '../../../wasm/bundle/pkg/byteor_bundle_wasm_bg.wasm?url';
import languageUrl from '../../../wasm/language/pkg/byteor_language_wasm_bg.wasm?url';
import reviewUrl from '../../../wasm/review/pkg/byteor_review_wasm_bg.wasm?url';
import type { WorkerAnswer } from './client';
import type { WorkerMessage, WorkerQuestion } from './messages';
import {
  packageOf,
  type CompilerOperation,
  type CompilerPackage,
  type OperationOf,
} from './operations';

type JsonFunction = (request: string) => string;
type Functions<Package extends CompilerPackage> = Record<OperationOf<Package>, JsonFunction>;

/** The package that loads with the worker; its type says that it has all of its operations. */
const functions: Functions<'core'> = core;

/** How the packages load that aren't needed from the first moment. */
const load = {
  async language(): Promise<Functions<'language'>> {
    const loaded = await import('../../../wasm/language/pkg/byteor_language_wasm.js');
    await loaded.default({ module_or_path: languageUrl });
    return loaded;
  },
  async review(): Promise<Functions<'review'>> {
    const loaded = await import('../../../wasm/review/pkg/byteor_review_wasm.js');
    await loaded.default({ module_or_path: reviewUrl });
    return loaded;
  },
  async bundle(): Promise<Functions<'bundle'>> {
    const loaded = await import('../../../wasm/bundle/pkg/byteor_bundle_wasm.js');
    await loaded.default({ module_or_path: bundleUrl });
    return loaded;
  },
};

type Late = keyof typeof load;
type AnyFunctions = Partial<Record<CompilerOperation, JsonFunction>>;

const loaded: Partial<Record<CompilerPackage, AnyFunctions>> = { core: functions };
const loading = new Map<Late, Promise<AnyFunctions>>();

/** Loads a package, once; one that could not be loaded is tried again by the next call. */
function fetched(name: Late): Promise<AnyFunctions> {
  let found = loading.get(name);
  if (!found) {
    found = load[name]().then((all: AnyFunctions) => (loaded[name] = all));
    loading.set(name, found);
    found.catch(() => loading.delete(name));
  }
  return found;
}

function run(all: AnyFunctions, operation: CompilerOperation, request: string): WorkerAnswer {
  try {
    return { kind: 'answered', json: all[operation]!(request) };
  } catch (cause) {
    return { kind: 'trapped', message: cause instanceof Error ? cause.message : String(cause) };
  }
}

/** Runs one operation. A trap leaves the instance unusable, so it is reported apart from answers. */
function call(operation: CompilerOperation, request: string): WorkerAnswer | Promise<WorkerAnswer> {
  const name = packageOf[operation];
  const there = loaded[name];
  if (there) return run(there, operation, request);
  return fetched(name as Late).then(
    (all) => run(all, operation, request),
    (cause: unknown) => ({ kind: 'missing', message: messageOf(cause) }),
  );
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

function say(message: WorkerMessage): void {
  postMessage(message);
}

/** The core package; what is asked before it is there waits for it. */
let started: Promise<unknown> | null = null;
let ready = false;

async function answer(question: WorkerQuestion): Promise<void> {
  const { id } = question;
  try {
    if (question.operation === 'start') {
      started ??= init({ module_or_path: coreUrl });
      await started;
      ready = true;
      say({ id, answer: null });
      return;
    }
    if (!ready) await started;
    const said = call(question.operation, question.request);
    say({ id, answer: said instanceof Promise ? await said : said });
  } catch (cause) {
    say({ id, failure: messageOf(cause) });
  }
}

addEventListener('message', ({ data }: MessageEvent<WorkerQuestion>) => void answer(data));
