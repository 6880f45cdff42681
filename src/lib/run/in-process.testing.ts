// The real package of the stages in this process, behind the calls that the page makes. For tests.
import { readFileSync } from 'node:fs';
import { compare_runs, initSync, run_once } from '../../../wasm/stages/pkg/byteor_stages_wasm.js';
import type { RunAnswer, RunComparison } from '$lib/compiler/types';
import {
  compareAnswer,
  compareRequest,
  onceAnswer,
  onceRequest,
  type CompareOptions,
  type OnceAnswer,
  type OnceOptions,
} from './once';
import { valueOf } from './thread';

function load(): void {
  initSync({
    module: readFileSync(
      new URL('../../../wasm/stages/pkg/byteor_stages_wasm_bg.wasm', import.meta.url),
    ),
  });
}

/** As `runOnce` of the engine. */
export function runOnceInProcess(
  spec: string,
  input: Readonly<Record<string, readonly string[]>>,
  options: OnceOptions = {},
): Promise<OnceAnswer> {
  load();
  const json = run_once(JSON.stringify(onceRequest(spec, input, options)));
  return Promise.resolve(onceAnswer(valueOf(json) as RunAnswer, options));
}

/** As `compareRuns` of the engine. */
export function compareRunsInProcess(
  specs: { before: string; after: string },
  input: Readonly<Record<string, readonly string[]>>,
  options: CompareOptions = {},
): Promise<RunComparison> {
  load();
  const json = compare_runs(JSON.stringify(compareRequest(specs, input, options)));
  return Promise.resolve(compareAnswer(valueOf(json) as RunComparison, options));
}
