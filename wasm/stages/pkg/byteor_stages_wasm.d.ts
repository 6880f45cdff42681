/* tslint:disable */
/* eslint-disable */

/**
 * A run of one spec over one input.
 */
export class Run {
    free(): void;
    [Symbol.dispose](): void;
    /**
     * The same input through another spec, from the last state that the changed keys can't have
     * changed; answers which step that is after. Where the spec can't be run, this run stays.
     */
    again(spec: string): number;
    /**
     * Ends the input, and stands before the first step.
     */
    begin(): void;
    /**
     * Why a stage failed, as the envelope of an `ApiError`; nothing where none did.
     */
    failure(): string | undefined;
    /**
     * `RecordFate[]` of the records numbered from `first` on, as JSON.
     */
    fates(first: number, count: number): string;
    /**
     * Feeds records as bytes, each behind its length in four bytes, little-endian.
     */
    feed_bytes(ingress: string, records: Uint8Array): number;
    /**
     * Feeds records, each a line with the escapes of the cases and a newline behind it; answers how many were fed so far.
     * A ring's ingress has any name.
     */
    feed(ingress: string, lines: string): number;
    /**
     * The first reached step after `step`, or the last one up to it where `back` is set, in which a
     * record is taken: by the node with this index, the record with this number; a negative index and the
     * number 0 stand for any. 0 where there is none.
     */
    find(step: number, back: boolean, node: number, record: number): number;
    /**
     * Goes on by at most `most` steps, or to a breakpoint; answers by how many.
     */
    forward(most: number): number;
    /**
     * Goes to a step that was reached before.
     */
    go_to(step: number): void;
    /**
     * `RunLook` of a step that was reached, as JSON, or `null`; the run stays where it is.
     */
    look(step: number): string;
    /**
     * A run of a spec (KV text), with `RunOptions` as JSON. What fails throws the envelope of an
     * `ApiError`.
     */
    constructor(spec: string, options: string);
    /**
     * Stops at these from now on: `{"points":[{"lane":false,"index":3,"condition":["keep:a"]}]}`.
     */
    set_breakpoints(json: string): void;
    /**
     * `RunShape`, as JSON.
     */
    shape(): string;
    /**
     * Where the run stands, as numbers: the step, the last step reached, flags (1 ended, 2 failed,
     * 4 may take no more steps, 8 all is through), the step that a breakpoint stopped before (or 0),
     * the index of the breakpoint, KiB kept for going back, steps between saved states, records fed;
     * for each node taken, passed, dropped, rejected, discarded, blocked, lost, held, flags
     * (1 ended); for each lane fill, writes, missed, full; then for each lane that a node reads, node
     * by node, how many records wait and the number of the next one.
     */
    state(): Uint32Array;
    /**
     * What happened in each of `parts` equal parts of the steps that were reached: 1 where a record
     * was dropped, 2 where one was rejected, 4 where one was discarded or lost, added up.
     */
    ticks(parts: number): Uint8Array;
}

/**
 * `CompareRunsRequest` → `RunComparison`. A spec or key that can't be run is an error, with `before`
 * or `after` in the argument `side`; a stage that fails in a run is said in the answer.
 */
export function compare_runs(json: string): string;

/**
 * `TryRequest` → `TryAnswer`. A key that gives no stage, or a stage that fails, is an error with its
 * index in the argument `stage`.
 */
export function run(json: string): string;

/**
 * `RunRequest` → `RunAnswer`. A spec or key that can't be run is an error; a stage that fails in the
 * run is said in the answer, beside what came out before.
 */
export function run_once(json: string): string;

export type InitInput = RequestInfo | URL | Response | BufferSource | WebAssembly.Module;

export interface InitOutput {
    readonly memory: WebAssembly.Memory;
    readonly __wbg_run_free: (a: number, b: number) => void;
    readonly compare_runs: (a: number, b: number, c: number) => void;
    readonly run: (a: number, b: number, c: number) => void;
    readonly run_again: (a: number, b: number, c: number, d: number) => void;
    readonly run_begin: (a: number, b: number) => void;
    readonly run_failure: (a: number, b: number) => void;
    readonly run_fates: (a: number, b: number, c: number, d: number) => void;
    readonly run_feed: (a: number, b: number, c: number, d: number, e: number, f: number) => void;
    readonly run_feed_bytes: (a: number, b: number, c: number, d: number, e: number, f: number) => void;
    readonly run_find: (a: number, b: number, c: number, d: number, e: number, f: number) => void;
    readonly run_forward: (a: number, b: number, c: number) => void;
    readonly run_go_to: (a: number, b: number, c: number) => void;
    readonly run_look: (a: number, b: number, c: number) => void;
    readonly run_new: (a: number, b: number, c: number, d: number, e: number) => void;
    readonly run_once: (a: number, b: number, c: number) => void;
    readonly run_set_breakpoints: (a: number, b: number, c: number, d: number) => void;
    readonly run_shape: (a: number, b: number) => void;
    readonly run_state: (a: number, b: number) => void;
    readonly run_ticks: (a: number, b: number, c: number) => void;
    readonly __wbindgen_add_to_stack_pointer: (a: number) => number;
    readonly __wbindgen_export: (a: number, b: number) => number;
    readonly __wbindgen_export2: (a: number, b: number, c: number, d: number) => number;
    readonly __wbindgen_export3: (a: number, b: number, c: number) => void;
}

export type SyncInitInput = BufferSource | WebAssembly.Module;

/**
 * Instantiates the given `module`, which can either be bytes or
 * a precompiled `WebAssembly.Module`.
 *
 * @param {{ module: SyncInitInput }} module - Passing `SyncInitInput` directly is deprecated.
 *
 * @returns {InitOutput}
 */
export function initSync(module: { module: SyncInitInput } | SyncInitInput): InitOutput;

/**
 * If `module_or_path` is {RequestInfo} or {URL}, makes a request and
 * for everything else, calls `WebAssembly.instantiate` directly.
 *
 * @param {{ module_or_path: InitInput | Promise<InitInput> }} module_or_path - Passing `InitInput` directly is deprecated.
 *
 * @returns {Promise<InitOutput>}
 */
export default function __wbg_init (module_or_path?: { module_or_path: InitInput | Promise<InitInput> } | InitInput | Promise<InitInput>): Promise<InitOutput>;
