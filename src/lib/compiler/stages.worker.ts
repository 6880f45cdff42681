import { expose } from 'comlink';
import init, { run } from '../../../wasm/stages/pkg/byteor_stages_wasm.js';
import wasmUrl from '../../../wasm/stages/pkg/byteor_stages_wasm_bg.wasm?url';

let ready: Promise<unknown> | null = null;

const worker = {
  /** Runs stages over sample records: `TryRequest` → the envelope of a `TryAnswer`. */
  async run(request: string): Promise<string> {
    ready ??= init({ module_or_path: wasmUrl });
    await ready;
    return run(request);
  },
};

export type StagesWorker = typeof worker;

expose(worker);
