// The real package of the stages in this process, behind the call that the page makes. For tests.
import { readFileSync } from 'node:fs';
import { initSync, run_once } from '../../../wasm/stages/pkg/byteor_stages_wasm.js';
import type { RunAnswer } from '$lib/compiler/types';
import { onceAnswer, onceRequest, type OnceAnswer, type OnceOptions } from './once';
import { valueOf } from './thread';

/** As `runOnce` of the engine. */
export function runOnceInProcess(
  spec: string,
  input: Readonly<Record<string, readonly string[]>>,
  options: OnceOptions = {},
): Promise<OnceAnswer> {
  initSync({
    module: readFileSync(
      new URL('../../../wasm/stages/pkg/byteor_stages_wasm_bg.wasm', import.meta.url),
    ),
  });
  const json = run_once(JSON.stringify(onceRequest(spec, input, options)));
  return Promise.resolve(onceAnswer(valueOf(json) as RunAnswer, options));
}
