import { expose } from 'comlink';
import init, { Run, compare_runs, run_once } from '../../../wasm/stages/pkg/byteor_stages_wasm.js';
import wasmUrl from '../../../wasm/stages/pkg/byteor_stages_wasm_bg.wasm?url';

/** Steps between two looks at the clock: a millisecond or less. */
const SLICE = 2_000;

let ready: Promise<unknown> | null = null;
let run: Run | null = null;

async function load(): Promise<void> {
  ready ??= init({ module_or_path: wasmUrl });
  await ready;
}

function current(): Run {
  if (!run) throw new Error('No run was opened.');
  return run;
}

// What fails in Rust throws the text of an envelope; anything else is a broken instance.
const worker = {
  /** `RunRequest` → the envelope of a `RunAnswer`. */
  async once(request: string): Promise<string> {
    await load();
    return run_once(request);
  },

  /** `CompareRunsRequest` → the envelope of a `RunComparison`. */
  async compare(request: string): Promise<string> {
    await load();
    return compare_runs(request);
  },

  /** Opens a run in the place of the one before, stands before its first step, and says its shape. */
  async open(
    spec: string,
    options: string,
    input: readonly (readonly [ingress: string, lines: string])[],
  ): Promise<string> {
    await load();
    const opened = new Run(spec, options);
    try {
      for (const [ingress, lines] of input) opened.feed(ingress, lines);
      opened.begin();
    } catch (cause) {
      opened.free();
      throw cause;
    }
    run?.free();
    run = opened;
    return opened.shape();
  },

  /** The same input through another spec; says its shape, and after which step it stands. */
  again(spec: string): { at: number; shape: string } {
    const at = current().again(spec);
    return { at, shape: current().shape() };
  },

  /** Goes on for about `ms` milliseconds, or to a breakpoint or the end. */
  forward(ms: number): Uint32Array {
    const until = performance.now() + ms;
    while (current().forward(SLICE) === SLICE && performance.now() < until);
    return current().state();
  },

  goTo(step: number): Uint32Array {
    current().go_to(step);
    return current().state();
  },

  setBreakpoints: (json: string) => current().set_breakpoints(json),
  state: () => current().state(),
  failure: () => current().failure(),
  fates: (first: number, count: number) => current().fates(first, count),
  look: (step: number) => current().look(step),
  find: (step: number, back: boolean, node: number, record: number) =>
    current().find(step, back, node, record),
  ticks: (parts: number) => current().ticks(parts),
};

export type RunWorker = typeof worker;

expose(worker);
