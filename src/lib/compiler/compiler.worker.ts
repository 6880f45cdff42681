import { expose } from 'comlink';
import init, * as wasm from '../../../wasm/pkg/byteor_pipeline_wasm.js';
import wasmUrl from '../../../wasm/pkg/byteor_pipeline_wasm_bg.wasm?url';
import bundleUrl from '../../../wasm/bundle/pkg/byteor_bundle_wasm_bg.wasm?url';
import type { WorkerAnswer } from './client';
import { isBundleOperation, type BundleOperation, type CompilerOperation } from './operations';

type JsonFunction = (request: string) => string;

/** The operations of the package that loads with the worker. */
const functions: Record<Exclude<CompilerOperation, BundleOperation>, JsonFunction> = {
  info: wasm.info,
  catalogue: wasm.catalogue,
  compile: wasm.compile,
  validate: wasm.validate,
  lower: wasm.lower,
  edit: wasm.edit,
  merge: wasm.merge,
  format: wasm.format,
  extract: wasm.extract,
  diff: wasm.diff,
  describe: wasm.describe,
  dot: wasm.dot,
  encode: wasm.encode,
  decode: wasm.decode,
  complete: wasm.complete,
  hover: wasm.hover,
  signatureHelp: wasm.signatureHelp,
  definition: wasm.definition,
  references: wasm.references,
  prepareRename: wasm.prepareRename,
  codeActions: wasm.codeActions,
  formatRange: wasm.formatRange,
  outline: wasm.outline,
  folding: wasm.folding,
  semanticTokens: wasm.semanticTokens,
  splitKey: wasm.splitKey,
  joinKey: wasm.joinKey,
};

let bundle: Promise<Record<BundleOperation, JsonFunction>> | null = null;

/** Loads the package of config bundles and deployment statements, when it is first asked for. */
function bundleFunctions(): Promise<Record<BundleOperation, JsonFunction>> {
  bundle ??= import('../../../wasm/bundle/pkg/byteor_bundle_wasm.js').then(async (loaded) => {
    await loaded.default({ module_or_path: bundleUrl });
    return {
      bundleEncode: loaded.bundleEncode,
      bundleDecode: loaded.bundleDecode,
      bundleDiff: loaded.bundleDiff,
      deploymentEncode: loaded.deploymentEncode,
    };
  });
  return bundle;
}

function run(operation: JsonFunction, request: string): WorkerAnswer {
  try {
    return { kind: 'answered', json: operation(request) };
  } catch (cause) {
    return { kind: 'trapped', message: cause instanceof Error ? cause.message : String(cause) };
  }
}

const worker = {
  /** Loads the compiler; every call before this one has ended would trap. */
  async start(): Promise<void> {
    await init({ module_or_path: wasmUrl });
  },

  /** Runs one operation. A trap leaves the instance unusable, so it is reported apart from answers. */
  call(operation: CompilerOperation, request: string): WorkerAnswer | Promise<WorkerAnswer> {
    if (!isBundleOperation(operation)) return run(functions[operation], request);
    return bundleFunctions().then((loaded) => run(loaded[operation], request));
  },
};

export type CompilerWorker = typeof worker;

expose(worker);
