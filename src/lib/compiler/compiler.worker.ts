import { expose } from 'comlink';
import init, * as wasm from '../../../wasm/pkg/byteor_pipeline_wasm.js';
import wasmUrl from '../../../wasm/pkg/byteor_pipeline_wasm_bg.wasm?url';
import type { CompilerOperation } from './operations';
import type { WorkerAnswer } from './client';

type JsonFunction = (request: string) => string;

const functions: Record<CompilerOperation, JsonFunction> = {
  info: wasm.info,
  catalogue: wasm.catalogue,
  compile: wasm.compile,
  validate: wasm.validate,
  lower: wasm.lower,
  edit: wasm.edit,
  format: wasm.format,
  extract: wasm.extract,
  diff: wasm.diff,
  describe: wasm.describe,
  dot: wasm.dot,
  encode: wasm.encode,
  decode: wasm.decode,
  bundleEncode: wasm.bundleEncode,
  bundleDecode: wasm.bundleDecode,
  bundleDiff: wasm.bundleDiff,
  deploymentEncode: wasm.deploymentEncode,
};

const worker = {
  /** Loads the compiler; every call before this one has ended would trap. */
  async start(): Promise<void> {
    await init({ module_or_path: wasmUrl });
  },

  /** Runs one operation. A trap leaves the instance unusable, so it is reported apart from answers. */
  call(operation: CompilerOperation, request: string): WorkerAnswer {
    try {
      return { kind: 'answered', json: functions[operation](request) };
    } catch (cause) {
      return { kind: 'trapped', message: cause instanceof Error ? cause.message : String(cause) };
    }
  },
};

export type CompilerWorker = typeof worker;

expose(worker);
